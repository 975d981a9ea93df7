"""Reprints: nearly the same text, whole or in part, under any headline.

A text is compared by its shingles, runs of four words. A sketch keeps those whose first word has a
hash divisible by eight, so the same shingles are kept of every text: sketches find candidates, the
texts decide. (Broder, "On the resemblance and containment of documents".)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from zlib import crc32

from aggregator.text.tokens import folded_words

SHINGLE_SIZE = 4
# Keep one shingle in this many in a sketch.
SKETCH_MODULUS = 8
MAX_SKETCH_SIZE = 48
# Maximum words to compare, from the beginning.
MAX_COMPARED_WORDS = 600
# Minimum shared shingles of two sketches before the texts are compared.
MIN_SHARED_SHINGLES = 2
# Minimum share of the shorter text found in the longer one to call it a reprint. An agency's lead
# with a rewritten paragraph is above, two outlets quoting the same communiqué are below.
MIN_CONTAINMENT = 0.5
# The same for texts that give other figures and names: bulletins of one form share their sentences.
MIN_CONTAINMENT_OF_FORMS = 0.9
# Minimum share of the figures and names of one text in the other one. A desk cuts and respells some
# of them; it does not replace them.
MIN_SHARED_DETAILS = 0.4
# Minimum words for a text to be called a reprint.
MIN_WORDS = 20

_YEARS = range(1900, 2100)
_MONTHS = frozenset(
    folded_words(
        "يناير فبراير مارس أبريل ماي مايو يونيو يوليوز يوليو غشت أغسطس شتنبر سبتمبر أكتوبر نونبر"
        " نوفمبر دجنبر ديسمبر janvier février mars avril mai juin juillet août septembre octobre"
        " novembre décembre january february march april may june july august september october"
        " november december"
    )
)


def starts_shingle(word: str) -> bool:
    """Whether shingles of a sketch may begin with this word; most shingles are never hashed."""
    return crc32(word.encode()) % SKETCH_MODULUS == 0


def sketch(words: Sequence[str], starts: Iterable[int]) -> set[int]:
    """Return 32-bit keys of shingles of folded `words` at `starts`, the smallest if many."""
    last = len(words) - SHINGLE_SIZE
    shingles_ = [" ".join(words[start : start + SHINGLE_SIZE]) for start in starts if start <= last]
    found = {crc32(run.encode()) for run in shingles_}
    return found if len(found) <= MAX_SKETCH_SIZE else set(sorted(found)[:MAX_SKETCH_SIZE])


def shingles(words: Sequence[str]) -> set[tuple[str, ...]]:
    """Return all shingles of a text."""
    words = words[:MAX_COMPARED_WORDS]
    return {
        tuple(words[place : place + SHINGLE_SIZE]) for place in range(len(words) - SHINGLE_SIZE + 1)
    }


def containment(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of the shorter text (folded words) found in the longer one, 0 to 1.

    0 if either has fewer than `MIN_WORDS` words.
    """
    if min(len(one), len(other)) < MIN_WORDS:
        return 0.0
    here, there = shingles(one), shingles(other)
    return len(here & there) / min(len(here), len(there))


def figures(words: Sequence[str]) -> set[str]:
    """Return the figures of a text (folded words), without years and days of a month."""
    following = [*words[1:], ""]
    return {
        word
        for word, next_word in zip(words, following, strict=True)
        if word[0].isdigit()
        and next_word not in _MONTHS
        and not (word.isdigit() and int(word) in _YEARS)
    }


def details_differ(one: Collection[object], other: Collection[object]) -> bool:
    """Whether two texts give other figures and names, as issues of one form do.

    False if either gives none: then there is nothing to compare.
    """
    if not (one and other):
        return False
    return len(set(one) & set(other)) < MIN_SHARED_DETAILS * min(len(one), len(other))
