"""Stories as readers see them: what stands for them in lists, all that was told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.feeds import overview
from aggregator.storage.listing import summaries as entries
from aggregator.storage.listing.filters import load_mute_filter
from aggregator.storage.listing.story_members import members_of_entries, members_of_stories
from aggregator.storage.models import Entry, Source, StoryFollow, StoryRow
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import read_ids
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.upsert import dialect_insert
from aggregator.storage.stories.write import current_id
from aggregator.types import (
    EntryFilter,
    EntryPage,
    EntrySummary,
    SourceRef,
    StoryReadState,
    StorySummary,
)

AnyRow = Row[*tuple[Any, ...]]

MAX_NAMED_SOURCES = 4
"""Sources of a story that lists name."""
MAX_JOIN_TIMES = 12


def attach_stories(
    session: Session, page: EntryPage, reader: int | None, chosen: EntryFilter
) -> EntryPage:
    """A page of a list of stories: each story by its lead, with what is said of it.

    A lead that the list does not show (another language, a source or a word that the reader muted)
    gives way to the entry at whose place the story stands.
    """
    rows = members_of_entries(session, [entry.id for entry in page.entries])
    if not rows:
        return page
    home = {row.id: row.story_id for row in rows}
    members: dict[int, list[AnyRow]] = {}
    for row in rows:
        members.setdefault(row.story_id, []).append(row)
    several = [story for story, found in members.items() if len(found) > 1]
    dialect = dialect_of(session)
    summed = {row.id: row for row in session.execute(_story_rows(dialect), {"keys": several})}
    refs = overview.source_refs(session, {row.source_id for row in rows})
    leads = entries.summaries_by_id(
        session, sorted({row.lead_id for row in summed.values()}), reader, copies=False
    )
    read = read_ids(session, reader, rows) if reader is not None else frozenset()
    agencies = {row.id: row.agency for row in rows}
    muting = load_mute_filter(session, chosen, reader)

    def fits(lead: EntrySummary) -> bool:
        muted = lead.source.id in muting.source_ids or (
            muting.hides_title and muting.hides_title(lead.title)
        )
        elsewhere = chosen.country not in (None, lead.source.country) or chosen.source not in (
            None, lead.source.slug,
        )  # fmt: skip
        return not (muted or elsewhere or chosen.language not in (None, lead.language))

    def shown(entry: EntrySummary) -> EntrySummary:
        summary = summed.get(home.get(entry.id, 0))
        if summary is None:
            return replace(entry, agency=agencies.get(entry.id, ""))
        told = members[summary.id]
        lead = leads.get(summary.lead_id, entry)
        return replace(
            lead if fits(lead) else entry,
            agency=next((row.agency for row in told if row.agency), ""),
            read=all(row.id in read for row in told),
            story=_story_summary(
                summary,
                told,
                {id_: ref for id_, ref in refs.items() if id_ not in muting.source_ids},
                entry.id,
            ),
        )

    return EntryPage(tuple(shown(entry) for entry in page.entries), page.next_cursor)


@cache
def _story_rows(dialect: str) -> Select[Any]:
    stories = table(StoryRow)
    return select(stories).where(in_list(stories.c.id, "keys", dialect))


def _story_summary(
    summary: AnyRow, told: Sequence[AnyRow], refs: dict[int, SourceRef], shown_id: int
) -> StorySummary:
    first: dict[int, datetime] = {}
    for row in sorted(told, key=lambda row: (row.published_at, row.id)):
        first.setdefault(row.source_id, row.published_at)
    return StorySummary(
        id=summary.id,
        entry_count=summary.entry_count,
        source_count=summary.source_count,
        sources=tuple(refs[source] for source in first if source in refs)[:MAX_NAMED_SOURCES],
        languages=tuple(summary.languages.split()),
        first_at=summary.first_at,
        last_at=next((row.published_at for row in told if row.id == shown_id), summary.last_at),
        shown_id=shown_id,
        entry_ids=tuple(row.id for row in told),
        joined=tuple(sorted(first.values(), reverse=True)[:MAX_JOIN_TIMES]),
    )


def find_story(
    session: Session, story_id: int, reader: int | None
) -> tuple[int, tuple[EntrySummary, ...], int]:
    """(its number now, all that was told, the id of its lead). Raises NotFound.

    An entry alone is a story of one; `told` is in the order of publication.
    """
    if not 0 < story_id <= entries.MAX_ID:
        raise NotFound("story", story_id)
    number = current_id(session, story_id)
    rows = members_of_stories(session, [number]).get(number, [])
    if not rows:
        home = members_of_entries(session, [number])
        if home and home[0].story_id != number:
            return find_story(session, home[0].story_id, reader)
    details = {row.id: row for row in rows}
    ids = sorted(details) or [number]
    found = entries.summaries_by_id(session, ids, reader, copies=False)
    if not found:
        raise NotFound("story", story_id)
    told = [
        replace(entry, agency=details[id_].agency, reprint_of=details[id_].reprint_of)
        if id_ in details
        else entry
        for id_, entry in found.items()
    ]
    told.sort(key=lambda entry: (entry.published_at, entry.id))
    summary = session.get(StoryRow, number)
    lead = summary.lead_id if summary and summary.lead_id in found else told[0].id
    return number, tuple(told), lead


def leads_of(session: Session, story_ids: Collection[int]) -> dict[int, EntrySummary]:
    """The entry with the headline of each of these stories; an entry alone is its own."""
    rows = session.execute(_story_rows(dialect_of(session)), {"keys": sorted(story_ids)})
    leads = {id_: id_ for id_ in story_ids} | {row.id: row.lead_id for row in rows}
    found = entries.summaries_by_id(session, sorted(leads.values()), None, copies=False)
    return {story: found[lead] for story, lead in leads.items() if lead in found}


def ownership(session: Session, source_ids: Collection[int]) -> dict[int, str]:
    """Who owns these sources, as far as it is known."""
    rows = session.execute(select(Source.id, Source.ownership).where(Source.id.in_(source_ids)))
    return {row.id: row.ownership for row in rows if row.ownership}


# --- following -----------------------------------------------------------------------------------


def follow(session: Session, reader: int, story_id: int, on: bool, now: datetime) -> None:
    """Follow a story, all of which has been seen so far, or no longer."""
    target = table(StoryFollow)
    if not on:
        session.execute(
            target.delete().where(target.c.user_id == reader, target.c.story_id == story_id)
        )
        return
    insert = dialect_insert(dialect_of(session), target)
    latest = session.execute(select(func.max(Entry.id))).scalar_one() or 0
    session.execute(
        insert.on_conflict_do_nothing(),
        {"user_id": reader, "story_id": story_id, "followed_at": now, "seen_up_to": latest},
    )


def follow_state(session: Session, reader: int, story_id: int) -> StoryReadState:
    """Whether a reader follows a story, and what they had seen of it."""
    seen = session.execute(
        select(StoryFollow.seen_up_to).where(
            StoryFollow.user_id == reader, StoryFollow.story_id == story_id
        )
    ).scalar_one_or_none()
    return StoryReadState(seen is not None, seen)


def mark_seen(session: Session, reader: int, story_id: int, up_to: int) -> None:
    """The reader was shown the story as far as the entry `up_to`."""
    session.execute(
        update(StoryFollow)
        .where(
            StoryFollow.user_id == reader,
            StoryFollow.story_id == story_id,
            StoryFollow.seen_up_to < up_to,
        )
        .values(seen_up_to=up_to)
    )
