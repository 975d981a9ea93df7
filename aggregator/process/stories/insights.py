"""What stories say about those who told them: who was first, who reprinted, who kept silent. Pure.

Only stories of at least two sources count: what a single source has is no sign that others passed
over it. A story counts on the day of its earliest entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Literal, NamedTuple, get_args

# Minimum sources of a story that counts.
MIN_SOURCES = 2
# What is told in another country is told abroad.
HOME_COUNTRY = "MA"
# The longest lead that is kept, in minutes.
MAX_LEAD = 65_535
_MINUTE = timedelta(minutes=1)

BlindSpot = Literal["arabic", "french", "state", "abroad"]
# In the order of pages and tables.
BLIND_SPOTS: tuple[BlindSpot, ...] = get_args(BlindSpot)
StoryKind = Literal["shared", "arabic", "french", "state", "abroad"]
# "shared": all that count.
STORY_KINDS: tuple[StoryKind, ...] = get_args(StoryKind)
Role = Literal["told", "first", "reprint"]
# What a source was in a story.
ROLES: tuple[Role, ...] = get_args(Role)


class Telling(NamedTuple):
    """An entry of a story."""

    story_id: int
    entry_id: int
    source_id: int
    language: str
    published_at: datetime
    copy_of: int | None
    """The entry whose text it has, in whole or in part."""
    copied_source_id: int | None
    """The source of that entry; None if it is gone."""


class SourceGroups(NamedTuple):
    """The sources that decide whether a story is a blind spot."""

    state: frozenset[int]
    abroad: frozenset[int]


@dataclass(frozen=True, slots=True)
class StoryInsight:
    """A story of several sources: who told it, who first."""

    id: int
    first_entry_id: int
    """Its earliest entry."""
    source_ids: frozenset[int]
    reprinted_by: frozenset[int]
    """Sources with nothing but reprints of others."""
    blind_spots: frozenset[BlindSpot]
    first_source_id: int | None
    """None if another source had it within the same minute."""
    second_source_id: int
    """The source that followed."""
    lead: int
    """Minutes from the first source to the second."""


@dataclass(slots=True)
class SourceSums:
    """How often a source told what others told too, and what it was then."""

    told: int = 0
    first: int = 0
    reprint: int = 0
    leads: list[int] = field(default_factory=list)
    """Minutes until a second source had it, of each story that it told first."""

    def add(self, other: SourceSums) -> None:
        """Add the sums of another time."""
        self.told += other.told
        self.first += other.first
        self.reprint += other.reprint
        self.leads += other.leads

    def of(self, role: Role) -> int:
        """The number of stories in which it was that."""
        return {"told": self.told, "first": self.first, "reprint": self.reprint}[role]

    def share(self, role: Role) -> float | None:
        """The same as a share of the stories that it told; None without any."""
        return self.of(role) / self.told if self.told else None

    @property
    def median_lead(self) -> int | None:
        """Median minutes until a second source had it; None if it was never first."""
        return round(median(self.leads)) if self.leads else None


@dataclass(slots=True)
class InsightSums:
    """Stories of a day or several, counted by kind and by source."""

    counts: Counter[StoryKind] = field(default_factory=Counter)
    sources: dict[int, SourceSums] = field(default_factory=dict)

    def add(self, other: InsightSums) -> None:
        """Add the sums of another time."""
        self.counts.update(other.counts)
        for source_id, sums in other.sources.items():
            self.sources.setdefault(source_id, SourceSums()).add(sums)


def judge_stories(tellings: Iterable[Telling], groups: SourceGroups) -> list[StoryInsight]:
    """Judge stories by all of their entries, in any order; the story with the highest id first."""
    by_story: dict[int, list[Telling]] = {}
    for telling in tellings:
        by_story.setdefault(telling.story_id, []).append(telling)
    found = (_judge(id_, by_story[id_], groups) for id_ in sorted(by_story, reverse=True))
    return [insight for insight in found if insight is not None]


def sum_stories(stories: Iterable[StoryInsight]) -> InsightSums:
    """Count stories by kind and by source."""
    sums = InsightSums()
    for story in stories:
        sums.counts["shared"] += 1
        for blind_spot in story.blind_spots:
            sums.counts[blind_spot] += 1
        for source_id in story.source_ids:
            source = sums.sources.setdefault(source_id, SourceSums())
            source.told += 1
            source.reprint += source_id in story.reprinted_by
            if source_id == story.first_source_id:
                source.first += 1
                source.leads.append(story.lead)
    return sums


def has_kind(story: StoryInsight, kind: StoryKind) -> bool:
    """Whether a story is of that kind."""
    return kind == "shared" or kind in story.blind_spots


def has_role(story: StoryInsight, source_id: int, role: Role) -> bool:
    """Whether a source was that in a story."""
    if role == "first":
        return story.first_source_id == source_id
    return source_id in (story.source_ids if role == "told" else story.reprinted_by)


def _judge(id_: int, tellings: Sequence[Telling], groups: SourceGroups) -> StoryInsight | None:
    earliest: dict[int, Telling] = {}
    for telling in tellings:
        known = earliest.setdefault(telling.source_id, telling)
        if _order(telling) < _order(known):
            earliest[telling.source_id] = telling
    if len(earliest) < MIN_SOURCES:
        return None
    first, second, *_ = sorted(earliest.values(), key=_order)
    lead = min((second.published_at - first.published_at) // _MINUTE, MAX_LEAD)
    sources = frozenset(earliest)
    return StoryInsight(
        id=id_,
        first_entry_id=first.entry_id,
        source_ids=sources,
        reprinted_by=_reprinting(tellings),
        blind_spots=_blind_spots({each.language for each in tellings}, sources, groups),
        first_source_id=first.source_id if lead else None,
        second_source_id=second.source_id,
        lead=lead,
    )


def _order(telling: Telling) -> tuple[datetime, int]:
    return telling.published_at, telling.entry_id


def _reprinting(tellings: Iterable[Telling]) -> frozenset[int]:
    """Sources with entries that copy others, and none of their own.

    `copy_of` names what arrived first; the text is of the source that published it first.
    """
    by_text: dict[int, list[Telling]] = {}
    for each in tellings:
        text = each.entry_id if each.copy_of is None else each.copy_of
        by_text.setdefault(text, []).append(each)
    reprinting: set[int] = set()
    own: set[int] = set()
    for text, copies in by_text.items():
        origin = _origin(text, copies)
        for each in copies:  # in two feeds of a source it is no reprint
            (own if each.source_id == origin else reprinting).add(each.source_id)
    return frozenset(reprinting - own)


def _origin(text: int, copies: Sequence[Telling]) -> int | None:
    """The source of a text; None if the story has only copies, and what they copy is gone."""
    if any(each.entry_id == text for each in copies):
        return min(copies, key=_order).source_id
    return copies[0].copied_source_id


def _blind_spots(
    languages: set[str], sources: frozenset[int], groups: SourceGroups
) -> frozenset[BlindSpot]:
    holds: dict[BlindSpot, bool] = {
        "arabic": languages == {"ar"},
        "french": languages == {"fr"},
        "state": sources <= groups.state,
        "abroad": sources <= groups.abroad,
    }
    return frozenset(name for name, true in holds.items() if true)
