"""What the front page is made of: the stories of the latest arrivals, and those of each section."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from aggregator.process.stories.front_page import FrontStory
from aggregator.storage.listing.story_members import StoryMember, members_of_stories
from aggregator.storage.models import Entry, StoryEntry, StoryRow
from aggregator.storage.models.base import table
from aggregator.storage.stories.digests import unpack_times

# Latest arrivals among which stories are looked for: a page costs the same with any archive.
MAX_ARRIVALS_SCANNED = 3000
CANDIDATES = 30
# Latest stories of a section that compete for its places.
SECTION_CANDIDATES = 150

_members, _stories, _entries = table(StoryEntry).c, table(StoryRow).c, table(Entry).c
_lead_entries = table(Entry).alias("leads")
_leads = _lead_entries.c


def recent_stories(session: Session) -> dict[int, list[StoryMember]]:
    """The entries of the stories with the most of the latest arrivals, by story."""
    latest = session.execute(select(func.max(_members.entry_id))).scalar_one() or 0
    story_id = _members.story_id + 0  # grouping by its index, SQLite would read all stories
    ids = session.execute(
        select(story_id)
        .where(_members.entry_id > latest - MAX_ARRIVALS_SCANNED)
        .group_by(story_id)
        .order_by(func.count().desc(), story_id.desc())
        .limit(CANDIDATES)
    ).scalars()
    return members_of_stories(session, list(ids))


def section_stories(session: Session, section: str) -> list[FrontStory]:
    """The latest stories of a section, the newest first."""
    newest = (
        _listed()
        .where(
            _entries.section == section,
            _entries.duplicate_of.is_(None),
            or_(_members.folded.is_(None), ~_members.folded),
        )
        .order_by(_entries.published_at.desc(), _entries.id.desc())
        .limit(SECTION_CANDIDATES)
    )
    return [_front_story(row) for row in session.execute(newest)]


def stories_by_id(session: Session, story_ids: Collection[int]) -> dict[int, FrontStory]:
    """Stories by id, also those of a single entry; without those that are gone."""
    rows = session.execute(select(_stories.shown_id, _stories.id).where(_stories.id.in_(story_ids)))
    shown = {row.shown_id: row.id for row in rows}
    alone = set(story_ids).difference(shown.values())
    found = session.execute(_listed().where(_entries.id.in_(sorted({*shown, *alone}))))
    stories = [_front_story(row) for row in found if row.id in shown or row.story_id is None]
    return {story.id: story for story in stories}


def _listed() -> Select[Any]:
    """Entries with their stories; the story is null for an entry alone."""
    source = (
        table(Entry)
        .outerjoin(table(StoryEntry), _members.entry_id == _entries.id)
        .outerjoin(table(StoryRow), _stories.id == _members.story_id)
        .outerjoin(_lead_entries, _leads.id == _stories.lead_id)
    )
    columns = (
        _entries.id, _entries.published_at, _entries.image_url, _stories.id.label("story_id"),
        _stories.joined, _leads.image_url.label("lead_image_url"),
    )  # fmt: skip
    return select(*columns).select_from(source)


def _front_story(row: Any) -> FrontStory:
    if row.story_id is None:
        return FrontStory(row.id, row.id, (row.published_at,), bool(row.image_url))
    pictured = bool(row.lead_image_url or row.image_url)
    return FrontStory(row.story_id, row.id, unpack_times(row.joined), pictured)
