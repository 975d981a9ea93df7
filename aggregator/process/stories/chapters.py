"""Divide a long story into chapters: runs of articles between turns of events.

A turn is where the reports pause and where the words of the headlines change. (Hearst, "TextTiling:
segmenting text into multi-paragraph subtopic passages", with time added.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import isqrt

from aggregator.process.stories.vocabulary import STOP_WORDS
from aggregator.text.stems import stems
from aggregator.text.tokens import folded_words

# Maximum articles of a story without chapters, and of a chapter; a very long story has longer
# ones, or the list of its chapters would be as long.
MAX_UNDIVIDED = 12
# Minimum articles of a chapter.
MIN_CHAPTER = 3
# A pause of this long is a turn by itself.
LONG_PAUSE = timedelta(hours=6)
# Articles before and after a place whose headlines are compared.
COMPARED = 4
# Weight of an even division beside a turn of 0 to 2.
EVENNESS = 0.5
# Headlines of the stories that are read at the moment; about 2 kB each.
HEADLINE_CACHE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class ChapterArticle:
    """An article of a story, as far as its chapters depend on it."""

    at: datetime
    words: frozenset[str]
    """Stems of its headline."""


def chapter_article(at: datetime, title: str) -> ChapterArticle:
    """Return an article with the words of its headline."""
    return ChapterArticle(at, _headline_stems(title))


@lru_cache(maxsize=HEADLINE_CACHE_SIZE)
def _headline_stems(title: str) -> frozenset[str]:
    """Stems of a headline; finding them takes a third of a response with 300 entries."""
    return frozenset(stems([word for word in folded_words(title) if word not in STOP_WORDS]))


def chapter_starts(articles: Sequence[ChapterArticle]) -> list[int]:
    """Return where each chapter begins in `articles`, the earliest first; [0] for a short story."""
    longest = max(MAX_UNDIVIDED, isqrt(len(articles)))
    turns = [0.0, *(_turn(articles, place) for place in range(1, len(articles)))]
    starts = []
    parts = [(0, len(articles))]
    while parts:
        first, end = parts.pop()
        if end - first <= longest:
            starts.append(first)
            continue
        place = _best_turn(turns, first, end)
        parts += [(place, end), (first, place)]
    return starts


def _best_turn(turns: Sequence[float], first: int, end: int) -> int:
    """The place between `first` and `end` with the clearest turn, the earlier if equal."""

    def score(place: int) -> float:
        return turns[place] + EVENNESS * min(place - first, end - place) / (end - first)

    return max(range(first + MIN_CHAPTER, end - MIN_CHAPTER + 1), key=score)


def _turn(articles: Sequence[ChapterArticle], place: int) -> float:
    """How much of a turn there is before article `place`: 0 to 2."""
    before, after = articles[max(0, place - COMPARED) : place], articles[place : place + COMPARED]
    old = frozenset().union(*[each.words for each in before])
    new = frozenset().union(*[each.words for each in after])
    shared = len(old & new) / (min(len(old), len(new)) or 1)
    pause = (after[0].at - before[-1].at) / LONG_PAUSE
    return min(pause, 1.0) + 1 - shared
