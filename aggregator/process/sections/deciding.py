"""Decide the section of an article: by its publisher's categories, its feed, else its words.

A theme goes before a place: sport abroad is sport. Politics and society of another country are
news of the region or of the world, unless the headline names Morocco too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from aggregator.process.sections.vocabulary import stem_key, vocabulary, word_keys

# Words of a text to look at, after its headline.
TEXT_WORDS = 60
# A word of the headline counts as much as this many of the text; two words in a row count double.
TITLE_WEIGHT = 3
# Minimum score of a section: one word of the headline, or as much of the text.
MIN_SCORE = 3
# Minimum lead over the second best section, as a multiple of its score.
MIN_MARGIN = 1.2
_PLACES = ("region", "world")
# Sections whose news from abroad belong to the region or the world.
_DOMESTIC = ("politics", "society")


def section_of_categories(names: Iterable[str], extra: Mapping[str, str]) -> str:
    """The section that a publisher's categories tell; "" if they tell none.

    `extra` are categories of the configuration, by `stem_key`. A theme goes before a place.
    """
    found = [section for name in names if (section := _category(name, extra))]
    return next((section for section in found if section not in _PLACES), found[0] if found else "")


def _category(name: str, extra: Mapping[str, str]) -> str:
    """By its whole name, else by its words if they agree: "Actualités sportives"."""
    key = _category_key(name)
    known = vocabulary().categories
    section = extra.get(key) or known.get(key)
    if section:
        return section
    words = {known[word] for word in key.split() if word in known}
    return words.pop() if len(words) == 1 else ""


# Publishers use the same few hundred names.
_category_key = lru_cache(4096)(stem_key)


def section_of_words(
    title: tuple[Sequence[str], Sequence[str]], text: tuple[Sequence[str], Sequence[str]]
) -> str:
    """The section that the words of an article tell; "" if they tell none clearly.

    Title and text are each (folded words, their stems).
    """
    heads = word_keys(*title)
    scores: Counter[str] = Counter()
    _count(heads, TITLE_WEIGHT, scores)
    _count(word_keys(*(part[:TEXT_WORDS] for part in text)), 1, scores)
    places = {place: scores.pop(place, 0) for place in _PLACES}
    theme = _best(scores)
    place = _best(places)
    if place and theme in ("", *_DOMESTIC) and vocabulary().home.isdisjoint(heads):
        return place
    return theme


def _count(keys: Sequence[str], weight: int, scores: Counter[str]) -> None:
    known = vocabulary()
    for key in known.words.keys() & set(keys):
        scores[known.words[key]] += weight
    if known.phrase_starts.isdisjoint(keys):
        return
    for pair in {" ".join(pair) for pair in pairwise(keys) if pair[0] in known.phrase_starts}:
        if pair in known.words:
            scores[known.words[pair]] += 2 * weight


def _best(scores: Mapping[str, int]) -> str:
    """The section with the highest score; "" if it is low or another is close."""
    ranked = sorted(scores.items(), key=lambda each: -each[1])[:2]
    if not ranked or ranked[0][1] < MIN_SCORE:
        return ""
    if len(ranked) == 2 and ranked[0][1] < MIN_MARGIN * ranked[1][1]:
        return ""
    return ranked[0][0]
