"""Reprints: (nearly) the same text again, whole or in part, under whatever headline.

A text is known by its runs of four words. A sketch keeps those whose first word has a hash that
is divisible by eight, so that the same runs are kept in every text: sketches find candidates, the
texts themselves decide. (Broder, "On the resemblance and containment of documents".)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

SHINGLE_SIZE = 4
SKETCH_MODULUS = 8
"""One run in so many is kept in a sketch."""
MAX_SKETCH_SIZE = 48
MAX_COMPARED_WORDS = 600
"""Of a longer text only the beginning is compared."""
MIN_SHARED_SHINGLES = 2
"""So many runs of the sketches have to agree before the texts are looked at."""
MIN_CONTAINMENT = 0.5
"""From this share of the shorter text on it is a reprint; an agency's lead kept and a paragraph
written anew lie above, two outlets that quote the same communiqué below."""
MIN_WORDS = 20
"""Words below which a text says too little to be called a reprint."""


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
