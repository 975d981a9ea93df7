"""Order the front page: what leads, and what stands in each section.

An event of today that many sources report always stands above one that few do, however fresh that
is. Otherwise stories are ordered by how many sources joined lately, as in `ranking`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.process.stories.ranking import REPORT_LIFETIME, decay

# Minimum sources that joined within a day, of an event that stands above all that fewer report.
WIDELY_REPORTED = 5
# Stories at the top, the lead among them, and in each section.
TOP_STORIES = 5
SECTION_STORIES = 4
# Stories to plan for each place: readers who mute some see others instead.
SPARE = 3


@dataclass(frozen=True, slots=True)
class FrontStory:
    """A story that may be on the front page; one of a single entry has that entry's id."""

    id: int
    shown_id: int
    """The entry by which lists find it."""
    joined: tuple[datetime, ...]
    """When the last sources first reported it."""
    pictured: bool


@dataclass(frozen=True, slots=True)
class FrontPlan:
    """The front page as `shown_id`s, the best first, with some to spare."""

    pinned: tuple[int, ...] = ()
    top: tuple[int, ...] = ()
    """Without those that are pinned."""
    sections: tuple[tuple[str, tuple[int, ...]], ...] = ()


def is_wide(joined: Collection[datetime], now: datetime) -> bool:
    """Whether many sources report an event at present, by when they joined."""
    return sum(now - at <= REPORT_LIFETIME for at in joined) >= WIDELY_REPORTED


def plan_front(
    pinned: Sequence[FrontStory],
    prominent: Sequence[FrontStory],
    sections: Mapping[str, Sequence[FrontStory]],
    now: datetime,
) -> FrontPlan:
    """Plan the page; `prominent` are in the order of their prominence."""
    fixed = {story.id for story in pinned}
    leads = [story for story in prominent if story.id not in fixed]
    leads.sort(key=lambda story: not is_wide(story.joined, now))  # then by prominence
    others = {story.id: story for each in sections.values() for story in each}
    fillers = _by_coverage([each for id_, each in others.items() if id_ not in fixed], now)
    top = dict.fromkeys((*leads[:1], *_pictured_first((*leads[1:], *fillers), now)))
    return FrontPlan(
        tuple(story.shown_id for story in pinned),
        tuple(story.shown_id for story in top)[: TOP_STORIES * SPARE],
        tuple(
            (name, tuple(each.shown_id for each in _by_coverage(found, now)))
            for name, found in sections.items()
        ),
    )


def _pictured_first(stories: Sequence[FrontStory], now: datetime) -> list[FrontStory]:
    """Stories with pictures first, but none above a widely reported one."""
    return sorted(stories, key=lambda story: (not is_wide(story.joined, now), not story.pictured))


def _by_coverage(stories: Collection[FrontStory], now: datetime) -> list[FrontStory]:
    """The most widely reported first; all of one source by time."""
    ranked = sorted(stories, key=lambda story: _coverage(story.joined, now), reverse=True)
    return ranked[: (TOP_STORIES + SECTION_STORIES) * SPARE]


def _coverage(joined: Collection[datetime], now: datetime) -> tuple[bool, float]:
    return is_wide(joined, now), sum(decay(now - at) for at in joined)
