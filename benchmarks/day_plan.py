"""A newsroom's day: who publishes what, when, and who repeats whom.

Seconds are those of the day that is played, from midnight; what was published before has negative
ones. Everything follows from the seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from benchmarks.day_texts import (
    LANGUAGES,
    Subject,
    Text,
    Vocabulary,
    subject_of,
    write_text,
)

DAY_S = 86_400
# Share of a day's entries by the hour, from midnight: most at noon and in the evening.
BY_HOUR = (
    16, 10, 7, 5, 5, 8, 16, 30, 45, 55, 62, 66, 68, 64, 60, 60, 62, 66, 68, 64, 55, 44, 32, 22,
)  # fmt: skip
# Share of the feeds in each of `LANGUAGES`.
_LANGUAGE_SHARES = (0.6, 0.25, 0.15)
# Share of the feeds that publish whole texts; the others publish a paragraph.
_FULL_TEXTS = 0.4
# Share of the day's entries about something that others report as well.
_SHARED = 0.45
# Share of those that print an agency's text, a third of them with a sentence of their own.
_REPRINTS = 0.35
_LARGEST_EVENT = 150
_EDITED = 0.05
# The largest feeds publish some 1 % of everything.
_FEED_RANK_OFFSET, _FEED_RANK_POWER = 10, 0.8


@dataclass(frozen=True, slots=True)
class PlannedFeed:
    """One feed."""

    number: int
    language: str
    is_full: bool
    per_day: float


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """One entry. With an `event`, others report the same; a `reprint` is the agency's text."""

    feed: int
    serial: int
    at_s: float
    event: str
    is_reprint: bool = False
    edited_at_s: float | None = None

    @property
    def guid(self) -> str:
        """What identifies it in its feed, and everywhere."""
        return f"tag:{self.feed}.example,2026:{self.serial}"


@dataclass(frozen=True)
class Day:
    """The plan of a day of `entries` entries, and of `backlog` older ones in each feed."""

    seed: int
    feeds: Sequence[PlannedFeed]
    backlog: Sequence[PlannedEntry]
    entries: Sequence[PlannedEntry]


def plan_day(seed: int, feeds: int, entries: int, backlog: int) -> Day:
    """Plan a day; entries are in the order in which they are published."""
    random = Random(f"day:{seed}")
    planned = _feeds(random, feeds, entries)
    older = [entry for feed in planned for entry in _backlog(feed, backlog)]
    numbered: list[PlannedEntry] = []
    serials = {feed.number: backlog for feed in planned}
    for entry in sorted(_day(random, planned, entries), key=lambda entry: entry.at_s):
        serials[entry.feed] += 1
        numbered.append(replace(entry, serial=serials[entry.feed]))
    return Day(seed, planned, older, numbered)


def _feeds(random: Random, feeds: int, entries: int) -> list[PlannedFeed]:
    weights = [(rank + _FEED_RANK_OFFSET) ** -_FEED_RANK_POWER for rank in range(feeds)]
    scale = max(entries, feeds) / math.fsum(weights)
    return [
        PlannedFeed(
            number,
            random.choices(LANGUAGES, _LANGUAGE_SHARES)[0],
            random.random() < _FULL_TEXTS,
            weight * scale,
        )
        for number, weight in enumerate(weights, start=1)
    ]


def _backlog(feed: PlannedFeed, count: int) -> Iterator[PlannedEntry]:
    gap_s = DAY_S / feed.per_day
    for serial in range(1, count + 1):
        yield PlannedEntry(feed.number, serial, gap_s * (serial - count - 1), "")


def _day(random: Random, feeds: Sequence[PlannedFeed], count: int) -> Iterator[PlannedEntry]:
    """`count` entries without serials, in no order."""
    weights = [feed.per_day for feed in feeds]
    shared = round(count * _SHARED)
    for _ in range(count - shared):
        feed = random.choices(feeds, weights)[0]
        yield _entry(random, feed, _moment(random), "")
    number = 0
    while shared > 0:
        number += 1
        size = min(shared, _LARGEST_EVENT, int(random.paretovariate(1.1)) + 1)
        shared -= size
        yield from _event(random, feeds, f"event {number}", size)


def _event(
    random: Random, feeds: Sequence[PlannedFeed], name: str, size: int
) -> Iterator[PlannedEntry]:
    """Tellings of one event, in one language, over some hours after the first."""
    language = random.choices(LANGUAGES, _LANGUAGE_SHARES)[0]
    tellers = [feed for feed in feeds if feed.language == language] or feeds
    weights = [feed.per_day for feed in tellers]
    started = _moment(random)
    reprinted: set[int] = set()  # a feed that prints a text again has it once
    for position in range(size):
        feed = random.choices(tellers, weights)[0]
        late = random.expovariate(1 / 7_200) if position else 0.0
        is_reprint = random.random() < _REPRINTS and feed.number not in reprinted
        if is_reprint:
            reprinted.add(feed.number)
        at_s = min(started + late, DAY_S - 1)
        yield _entry(random, feed, at_s, name, is_reprint=is_reprint)


def _entry(
    random: Random, feed: PlannedFeed, at_s: float, event: str, *, is_reprint: bool = False
) -> PlannedEntry:
    edited = None
    if random.random() < _EDITED:
        edited = min(at_s + random.uniform(1_800, 10_800), DAY_S - 1)
    return PlannedEntry(feed.number, 0, at_s, event, is_reprint, edited)


def _moment(random: Random) -> float:
    hour = random.choices(range(24), BY_HOUR)[0]
    return hour * 3600 + random.uniform(0, 3600)


@dataclass(frozen=True)
class Desk:
    """Writes the texts of a plan."""

    day: Day
    vocabularies: Mapping[str, Vocabulary]

    def text(self, entry: PlannedEntry) -> Text:
        """What `entry` says, before any edit."""
        feed = self.day.feeds[entry.feed - 1]
        vocabulary = self.vocabularies[feed.language]
        own = f"{self.day.seed}:{entry.guid}"
        about = f"{self.day.seed}:{entry.event}" if entry.event else own
        subject = subject_of(vocabulary, about)
        length = Random(own).randint(150, 350) if feed.is_full else Random(own).randint(35, 60)
        if not entry.is_reprint:
            return write_text(vocabulary, subject, own, length)
        return self._reprint(vocabulary, subject, about, own, length)

    def _reprint(
        self, vocabulary: Vocabulary, subject: Subject, about: str, own: str, length: int
    ) -> Text:
        """The agency's text, cut to the feed's length; one in three adds a sentence."""
        wire = write_text(vocabulary, subject, about, 250)
        added = write_text(vocabulary, subject, own, 1).paragraphs if _is_in_third(own) else ()
        words = 0
        kept = []
        for paragraph in wire.paragraphs:
            if words < length:
                kept.append(paragraph)
            words += len(paragraph.split())
        return Text(wire.title, [*kept, *added])


def _is_in_third(text: str) -> bool:
    """Whether `text` is among a third of all texts."""
    return Random(text).randrange(3) == 0
