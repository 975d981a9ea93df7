"""Whether two texts are one article: corrected, cut, or with another headline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from aggregator.text.plain import html_to_text
from aggregator.text.tokens import folded_words
from aggregator.types import PreparedEntry, Wording

# Maximum words to compare, from the beginning.
MAX_COMPARED_WORDS = 400
# Characters to read for them.
_MAX_COMPARED = 4_000
# Minimum words to compare texts that are not equal, and those that are.
MIN_COMPARED_WORDS = 10
_MIN_EQUAL_WORDS = 5
# Minimum share of the pairs of words of the shorter text in the longer one. Half of an excerpt is
# in the article even if each was cut and edited; two issues of a bulletin share most of their
# words, but not nearly all.
_ALIKE, _CORRECTED = 0.5, 0.85
# Minimum share of the words of the shorter title in the longer one.
_TITLE_ALIKE = 0.6
# Minimum words of a title to compare it with another one, and to outweigh other texts.
_MIN_COMPARED_TITLE = 2
MIN_TITLE_WORDS = 3


@dataclass(frozen=True, slots=True)
class Words:
    """The folded words of an entry."""

    title: Sequence[str]
    text: Sequence[str]


def words_of(wording: Wording | PreparedEntry) -> Words:
    """Return the words to compare an entry by."""
    text = html_to_text(wording.content[: 4 * _MAX_COMPARED])[:_MAX_COMPARED]
    return Words(folded_words(wording.title), folded_words(text)[:MAX_COMPARED_WORDS])


def is_same_article(one: Words, other: Words) -> bool:
    """Whether two entries at one address are alike enough to be one article.

    The texts decide; titles do if they have enough words or there is nothing else.
    """
    if texts_alike(one, other):
        return True
    compared = min(len(one.text), len(other.text))
    if one.title == other.title:
        return len(one.title) >= MIN_TITLE_WORDS or not compared
    if not (one.text or other.text) and _says_nothing(one, other):
        return True
    return compared < MIN_COMPARED_WORDS and titles_alike(one, other)


def _says_nothing(one: Words, other: Words) -> bool:
    """Whether a title is so short that only the address is left to tell."""
    return min(len(one.title), len(other.title)) < _MIN_COMPARED_TITLE


def only_titles_tell(one: Words, other: Words) -> bool:
    """Whether a text is missing, or both are too short to outweigh an equal title."""
    compared = min(len(one.text), len(other.text))
    return not compared or (compared < MIN_COMPARED_WORDS and len(one.title) >= MIN_TITLE_WORDS)


def titles_alike(one: Words, other: Words) -> bool:
    """Whether one title is the other one, edited."""
    here, there = set(one.title), set(other.title)
    shared = len(here & there)
    return shared >= max(_MIN_COMPARED_TITLE, _TITLE_ALIKE * min(len(here), len(there)))


def texts_alike(one: Words, other: Words) -> bool:
    """Whether one text is part of the other one, more or less."""
    compared = min(len(one.text), len(other.text))
    if compared < MIN_COMPARED_WORDS:
        return compared >= _MIN_EQUAL_WORDS and one.text == other.text
    return _shared(one.text, other.text) >= _ALIKE


def is_correction(one: Words, other: Words) -> bool:
    """Whether one text is the other one, corrected or continued; new figures are no correction."""
    if min(len(one.text), len(other.text)) < MIN_COMPARED_WORDS:
        return False
    shorter, longer = sorted((one.text, other.text), key=len)
    if not _figures(shorter) <= _figures(longer):
        return False
    return _shared(shorter, longer) >= _CORRECTED


def _figures(words: Sequence[str]) -> set[str]:
    return {word for word in words if word[0].isdigit()}


def _shared(one: Sequence[str], other: Sequence[str]) -> float:
    here, there = set(pairwise(one)), set(pairwise(other))
    return len(here & there) / min(len(here), len(there))
