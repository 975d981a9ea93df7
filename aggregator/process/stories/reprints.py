"""Reprints: (nearly) the same text again, whole or in part, under whatever headline.

A text is known by its runs of four words. A sketch keeps those whose first word has a hash that
is divisible by eight, so that the same runs are kept in every text: sketches find candidates, the
texts themselves decide. (Broder, "On the resemblance and containment of documents".)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

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
# Minimum words for a text to be called a reprint.
MIN_WORDS = 20


def starts_shingle(word: str) -> bool:
    """Whether the runs of a sketch may begin with this word: so most runs are never hashed."""
    return crc32(word.encode()) % SKETCH_MODULUS == 0


def sketch(words: Sequence[str], starts: Iterable[int]) -> set[int]:
    """Keys of the runs of folded `words` that begin at `starts`; the smallest of many. 32 bits."""
    last = len(words) - SHINGLE_SIZE
    runs_ = [" ".join(words[start : start + SHINGLE_SIZE]) for start in starts if start <= last]
    found = {crc32(run.encode()) for run in runs_}
    return found if len(found) <= MAX_SKETCH_SIZE else set(sorted(found)[:MAX_SKETCH_SIZE])


def shingles(words: Sequence[str]) -> set[tuple[str, ...]]:
    """All runs of four words of a text."""
    words = words[:MAX_COMPARED_WORDS]
    return {
        tuple(words[place : place + SHINGLE_SIZE]) for place in range(len(words) - SHINGLE_SIZE + 1)
    }


def containment(one: Sequence[str], other: Sequence[str]) -> float:
    """How much of the shorter of two texts (folded words) stands in the longer one, 0 to 1.

    Two that are too short to tell have nothing in common.
    """
    if min(len(one), len(other)) < MIN_WORDS:
        return 0.0
    here, there = shingles(one), shingles(other)
    return len(here & there) / min(len(here), len(there))
