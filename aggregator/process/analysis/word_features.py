"""All that search and stories want to know of a word, found once and remembered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple
from zlib import crc32

from aggregator.process.stories.anchors import word_anchors
from aggregator.process.stories.reprints import begins_run
from aggregator.process.stories.vocabulary import NOTIONS, SILENT
from aggregator.text.memo import Remembered
from aggregator.text.stems import stems
from aggregator.text.tokens import chunk_words

LONGEST = 40
"""Letters of a word; what is longer is cut, here and in what is looked for."""
MOST_WORDS = 5000
"""Of a longer text only the beginning is read."""
_REMEMBERED = 20_000
_LATIN_STEM = 6
"""Letters of a stem in Latin script that tell an event: olympique, olympien, olympics. Arabic has
no such suffixes."""


class Reading(NamedTuple):
    """The words of a text in order, with what is known of each."""

    folded: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    terms: tuple[int, ...] = ()
    """Keys of the stems, by which stories compare texts; 0 for a word that says nothing."""
    anchors: tuple[int, ...] = ()
    """Keys of the names and notions that the words stand for in any language; 0 for none."""
    runs: tuple[bool, ...] = ()
    """Whether a run of a sketch may begin with the word (`reprints`)."""


_Known = tuple[str, str, int, int, bool]


def read(text: str) -> Reading:
    """The first `MOST_WORDS` words of plain `text`."""
    known = list(islice(chain.from_iterable(_CHUNKS.of(text.split())), MOST_WORDS))
    return Reading(*zip(*known, strict=True)) if known else Reading()


def term_key(term: str) -> int:
    """32 bits for a term of whatever kind; kinds differ in their first letter."""
    return crc32(term.encode())


def anchor_key(anchor: str) -> int:
    """Odd for a figure, even for all else, so that figures can be told from names."""
    key = crc32(anchor.encode())
    return key | 1 if anchor[0] == "n" else key & ~1


NOTION_KEYS = frozenset(anchor_key("c" + notion) for notion in NOTIONS.values())
"""The anchors that many events share: a bridge, a river, a council."""


def _of_chunks(chunks: Sequence[str]) -> Iterator[tuple[_Known, ...]]:
    """What is known of the words of each chunk; found for all words together."""
    found = chunk_words(chunks)
    known = _known([word[:LONGEST] for words in found for word in words])
    return (tuple(islice(known, len(words))) for words in found)


def _known(words: Sequence[str]) -> Iterator[_Known]:
    stemmed = stems(words)
    for word, stem, anchor in zip(words, stemmed, word_anchors(words, stemmed), strict=True):
        if word in SILENT or len(word) < 2:
            yield word, stem, 0, 0, begins_run(word)
        else:
            term = stem if stem[0] >= "\u0530" else stem[:_LATIN_STEM]
            anchored = anchor_key(anchor) if anchor else 0
            yield word, stem, term_key("s" + term), anchored, begins_run(word)


_CHUNKS = Remembered(_of_chunks, _REMEMBERED)
