"""32-bit keys of what stories are compared by, and how far back they reach."""

from __future__ import annotations

from datetime import timedelta
from zlib import crc32

from aggregator.process.stories.vocabulary import CONCEPTS

# An event that nobody has written about for this long is over.
STORY_WINDOW = timedelta(days=4)


def term_key(term: str) -> int:
    """Return the 32-bit key of a term; kinds of terms differ in their first letter."""
    return crc32(term.encode())


def anchor_key(anchor: str) -> int:
    """Return an odd key for a figure and an even one for all else, to tell figures from names."""
    key = crc32(anchor.encode())
    return key | 1 if anchor[0] == "n" else key & ~1


# The anchors that many events share: a bridge, a river, a council.
CONCEPT_KEYS = frozenset(anchor_key("c" + concept) for concept in CONCEPTS.values())
