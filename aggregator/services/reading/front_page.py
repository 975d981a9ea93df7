"""The front page: what leads, the sections, and the rest by time.

What stands where is planned once for everybody; each reader sees it without what they muted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.process.stories.front_page import (
    SECTION_STORIES,
    TOP_STORIES,
    FrontPlan,
    is_wide,
    plan_front,
)
from aggregator.process.stories.ranking import SourceReport, prominence
from aggregator.storage.listing import front, summaries
from aggregator.storage.listing.filters import load_mute_filter
from aggregator.storage.listing.story_cards import story_cards
from aggregator.storage.stories import front_pins
from aggregator.types import EntryFilter, EntryPage, EntrySummary, User

# Entries of the list by time on the front page, some of which stand above it already.
REST_SIZE = 30
ALL_STORIES = EntryFilter(stories=True)


@dataclass(frozen=True, slots=True)
class FrontSection:
    """A section of the front page, by its slug."""

    name: str
    stories: tuple[EntrySummary, ...]


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The front page as cards; no story stands on it twice."""

    top: tuple[EntrySummary, ...]
    """The lead first."""
    sections: tuple[FrontSection, ...]
    wide: tuple[EntrySummary, ...]
    """Events of `rest` that many sources report: they stand above the others."""
    rest: EntryPage
    """The latest of all others."""
    listed: EntryPage
    """The latest, wherever they stand."""
    pinned: frozenset[int]
    """Entries that represent the stories which editors pinned."""


def plan_front_page(session: Session, sections: Sequence[str], now: datetime) -> FrontPlan:
    """Decide what stands where at present; costs as much as several lists."""
    pins = [pin.story_id for pin in front_pins.pins(session, now)]
    ranked = rank_stories(session, now)
    found = front.stories_by_id(session, [*pins, *ranked])
    return plan_front(
        [found[id_] for id_ in pins if id_ in found],
        [found[id_] for id_ in ranked if id_ in found],
        {name: front.section_stories(session, name) for name in sections},
        now,
    )


def rank_stories(session: Session, now: datetime) -> list[int]:
    """The ids of the most prominent stories, the most prominent first."""
    ranked = []
    for story, members in front.recent_stories(session).items():
        reports = (
            SourceReport(
                member.source_id,
                member.published_at,
                not (member.duplicate_of or member.reprint_of),
            )
            for member in members
        )
        ranked.append((prominence(reports, now), story))
    return [story for score, story in sorted(ranked, reverse=True) if score > 0]


def open_front_page(
    session: Session,
    reader: User | None,
    plan: FrontPlan,
    now: datetime,
    chosen: EntryFilter = ALL_STORIES,
) -> FrontPage:
    """The front page as this reader sees it; `chosen` is its list by time.

    That is the list of all stories, or of those that the reader follows.
    """
    reader_id = reader.id if reader else None
    mutes = load_mute_filter(session, chosen, reader_id)
    planned = plan if mutes.source_ids or mutes.hides_title else _without_spare(plan)
    latest, next_cursor = summaries.find_page(
        session, chosen, reader=reader_id, cursor=None, limit=REST_SIZE
    )
    ids = list(dict.fromkeys([*latest, *_ids(planned)]))
    cards = story_cards(session, ids, reader_id, chosen)
    visible = {id_: card for id_, card in cards.items() if not mutes.hides(card)}
    return _arrange(planned, visible, latest, next_cursor, now)


def _without_spare(plan: FrontPlan) -> FrontPlan:
    """What a reader who mutes nothing can see: sections lose what stands at the top."""
    top = (*plan.pinned, *plan.top)[:TOP_STORIES]
    shown = set(top)
    sections = []
    for name, ids in plan.sections:
        own = [id_ for id_ in ids if id_ not in shown][:SECTION_STORIES]
        shown.update(own)
        sections.append((name, tuple(own)))
    return FrontPlan(plan.pinned[:TOP_STORIES], top[len(plan.pinned) :], tuple(sections))


def _ids(plan: FrontPlan) -> set[int]:
    return {*plan.pinned, *plan.top, *(id_ for _, ids in plan.sections for id_ in ids)}


def _arrange(
    plan: FrontPlan,
    cards: dict[int, EntrySummary],
    latest: Sequence[int],
    next_cursor: str | None,
    now: datetime,
) -> FrontPage:
    taken: set[int] = set()

    def take(ids: Iterable[int], limit: int) -> tuple[EntrySummary, ...]:
        """The first cards that stand nowhere yet."""
        chosen: list[EntrySummary] = []
        for id_ in ids:
            card = cards.get(id_)
            if len(chosen) < limit and card is not None and _story_id(card) not in taken:
                taken.add(_story_id(card))
                chosen.append(card)
        return tuple(chosen)

    top = take((*plan.pinned, *plan.top), TOP_STORIES)
    sections = (FrontSection(name, take(ids, SECTION_STORIES)) for name, ids in plan.sections)
    shown = tuple(section for section in sections if section.stories)
    rest = take(latest, REST_SIZE)
    wide = tuple(card for card in rest if card.story and is_wide(card.story.joined, now))
    others = tuple(card for card in rest if card not in wide)
    pinned = frozenset(cards[id_].id for id_ in plan.pinned if id_ in cards)
    listed = tuple(cards[id_] for id_ in latest if id_ in cards)
    return FrontPage(
        top,
        shown,
        wide,
        EntryPage(others, next_cursor),
        EntryPage(listed, next_cursor),
        pinned,
    )


def _story_id(card: EntrySummary) -> int:
    return card.story.id if card.story else card.id
