"""What search and stories need to know of a word, computed once and cached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from aggregator.process.stories.anchors import word_anchors
from aggregator.process.stories.keys import anchor_key, term_key
from aggregator.process.stories.reprints import starts_shingle
from aggregator.process.stories.vocabulary import STOP_WORDS
from aggregator.text.memo import BatchCache
from aggregator.text.stems import stems
from aggregator.text.tokens import chunk_words, split_chunks

# Maximum letters of a word; longer ones are cut, in texts and in queries.
MAX_WORD_LENGTH = 40
# Maximum words to analyze, from the beginning of a text.
MAX_WORDS = 5000
_CACHE_SIZE = 20_000
# Letters to keep of a stem in Latin script: olympique, olympien, olympics. Arabic has no such
# suffixes.
_LATIN_STEM = 6


class AnalyzedText(NamedTuple):
    """The words of a text in order, with the features of each."""

    folded: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    terms: tuple[int, ...] = ()
    """Keys of the stems, by which stories compare texts; 0 for a stop word."""
    anchors: tuple[int, ...] = ()
    """Keys of the names and concepts that the words stand for in any language; 0 for none."""
    shingle_starts: tuple[bool, ...] = ()
    """Whether a shingle of a sketch may begin with the word (`reprints`)."""


_WordFeatures = tuple[str, str, int, int, bool]


def analyze_text(text: str) -> AnalyzedText:
    """Analyze the first `MAX_WORDS` words of plain `text`."""
    known = list(islice(chain.from_iterable(_CHUNKS.get_many(split_chunks(text))), MAX_WORDS))
    return AnalyzedText(*zip(*known, strict=True)) if known else AnalyzedText()


def _of_chunks(chunks: Sequence[str]) -> Iterator[tuple[_WordFeatures, ...]]:
    """Analyze the words of all chunks together, and yield those of each chunk."""
    found = chunk_words(chunks)
    known = _analyze_words([word[:MAX_WORD_LENGTH] for words in found for word in words])
    return (tuple(islice(known, len(words))) for words in found)


def _analyze_words(words: Sequence[str]) -> Iterator[_WordFeatures]:
    stemmed = stems(words)
    for word, stem, anchor in zip(words, stemmed, word_anchors(words, stemmed), strict=True):
        if word in STOP_WORDS or len(word) < 2:
            yield word, stem, 0, 0, starts_shingle(word)
        else:
            term = stem if stem[0] >= "\u0530" else stem[:_LATIN_STEM]
            anchored = anchor_key(anchor) if anchor else 0
            yield word, stem, term_key("s" + term), anchored, starts_shingle(word)


_CHUNKS = BatchCache(_of_chunks, _CACHE_SIZE)
