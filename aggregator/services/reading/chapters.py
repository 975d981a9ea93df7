"""The chapters of a long story: stories within the story, each under a headline of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from aggregator.process.stories.chapters import chapter_article, chapter_starts
from aggregator.services.reading.stories import TimelineEntry
from aggregator.types import EntrySummary


@dataclass(frozen=True, slots=True)
class StoryChapter:
    """A part of a story between two turns of events."""

    lead: EntrySummary
    """The entry with its headline."""
    articles: tuple[TimelineEntry, ...]
    """The earliest first."""

    @property
    def entries(self) -> tuple[EntrySummary, ...]:
        """Its articles and their reprints."""
        return tuple(
            entry for article in self.articles for entry in (article.entry, *article.reprints)
        )

    @property
    def source_count(self) -> int:
        """The number of sources with entries in it."""
        return len({entry.source.id for entry in self.entries})

    @property
    def first_at(self) -> datetime:
        """When its first article was published."""
        return self.articles[0].entry.published_at

    @property
    def last_at(self) -> datetime:
        """When its last article was published."""
        return self.articles[-1].entry.published_at


def divide(timeline: Sequence[TimelineEntry]) -> tuple[StoryChapter, ...]:
    """Divide a story into chapters, the earliest first; empty if it is too short for two."""
    starts = chapter_starts(
        [chapter_article(each.entry.published_at, each.entry.title) for each in timeline]
    )
    if len(starts) == 1:
        return ()
    parts = (tuple(timeline[start:end]) for start, end in pairwise([*starts, len(timeline)]))
    return tuple(StoryChapter(_lead(part), part) for part in parts)


def _lead(articles: Sequence[TimelineEntry]) -> EntrySummary:
    """The longest article in the language that most of them have."""
    languages = Counter(each.entry.language for each in articles)
    return max(
        (each.entry for each in articles),
        key=lambda entry: (languages[entry.language], entry.word_count, -entry.id),
    )
