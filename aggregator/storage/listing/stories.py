"""A story as readers see it: its entries, its leads, who told it.

How one stands in a list is in `story_cards`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.feeds import overview
from aggregator.storage.listing import summaries as entries
from aggregator.storage.models import Source, StoryEntry, StoryLanguage, StoryRow, StorySource
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import read_ids
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.stories.digests import PackedStory, unpack_story
from aggregator.storage.stories.write import assigned_stories, current_id
from aggregator.types import EntrySummary, SourceRef
from aggregator.types.limits import is_id

# Entries followed from a reprint of a reprint to its original.
MAX_REPRINT_CHAIN = 50

_members, _stories = table(StoryEntry).c, table(StoryRow).c
_languages, _sources = table(StoryLanguage).c, table(StorySource).c


class StoredStory(NamedTuple):
    """The row of a story of several entries."""

    id: int
    lead_id: int
    entry_count: int
    source_count: int
    languages: str
    first_at: datetime
    last_at: datetime
    agency: str
    latest: bytes
    earliest: bytes
    joined: bytes

    def unpack(self) -> PackedStory:
        """The columns that hold several numbers."""
        return unpack_story(self.latest, self.earliest, self.joined)


STORY_COLUMNS = tuple(_stories[name] for name in StoredStory._fields)


def preferred_leads(
    session: Session, stories: Mapping[int, StoredStory], languages: Sequence[str]
) -> dict[int, int]:
    """The lead of each story in the first of `languages` that it has, else its own."""
    leads = {story.id: story.lead_id for story in stories.values()}
    choice = {
        story.id: language
        for story in stories.values()
        if (language := _first_in(languages, story.languages.split()))
    }
    if not choice:
        return leads
    rows = session.execute(_leads_of(dialect_of(session)), {"keys": list(choice)})
    return leads | {
        row.story_id: row.lead_id for row in rows if choice[row.story_id] == row.language
    }


def _first_in(languages: Sequence[str], available: Collection[str]) -> str | None:
    """The first of `languages` to choose; None if a story has no choice, or none of them."""
    if len(available) < 2:
        return None
    return next((language for language in languages if language in available), None)


@cache
def _leads_of(dialect: str) -> Select[Any]:
    here = in_list(_languages.story_id, "keys", dialect)
    return select(_languages.story_id, _languages.language, _languages.lead_id).where(here)


def stored_stories(session: Session, story_ids: Collection[int]) -> dict[int, StoredStory]:
    """The rows of stories of several entries, by id."""
    rows = session.execute(_story_rows(dialect_of(session)), {"keys": story_ids})
    return {story.id: story for story in map(StoredStory._make, rows)}


@cache
def _story_rows(dialect: str) -> Select[Any]:
    return select(*STORY_COLUMNS).where(in_list(_stories.id, "keys", dialect))


# --- one story -------------------------------------------------------------------------------


def find_story_id(session: Session, story_id: int) -> int:
    """The current id of a story. Raises NotFound."""
    return find_story(session, story_id)[0]


def find_story(session: Session, story_id: int) -> tuple[int, StoredStory | None]:
    """The current id of a story, and its row; an entry alone has none.

    The id is another one if the story was merged, or if that is an entry of it. Raises NotFound.
    """
    if not is_id(story_id):
        raise NotFound("story", story_id)
    id_ = current_id(session, story_id)
    story = stored_stories(session, [id_]).get(id_)
    if story is not None:
        return id_, story
    home = assigned_stories(session, [id_]).get(id_)
    if home is not None:
        return home, stored_stories(session, [home]).get(home)
    if not entries.summaries_by_id(session, [id_], None, copies=False):
        raise NotFound("story", story_id)
    return id_, None


def story_entries(
    session: Session, story_id: int, reader: int | None, *, limit: int, before: int | None = None
) -> tuple[EntrySummary, ...]:
    """The last `limit` entries of a story to arrive, before that one, by time of publication.

    An entry alone is a story too.
    """
    found = select(_members.entry_id, _members.agency, _members.reprint_of).where(
        _members.story_id == story_id
    )
    if before is not None:
        found = found.where(_members.entry_id < before)
    rows = session.execute(found.order_by(_members.entry_id.desc()).limit(limit)).all()
    known = {row.entry_id: (row.agency, row.reprint_of) for row in rows}
    ids = sorted(known) or ([story_id] if before is None else [])
    return _in_story(entries.summaries_by_id(session, ids, reader, copies=False), known)


def reprint_chain(session: Session, story_id: int, entry_id: int) -> tuple[EntrySummary, ...]:
    """An entry of a story with the entries that it reprints, directly or through others."""
    chain: dict[int, tuple[str, int | None]] = {}
    following: int | None = entry_id
    while following is not None and following not in chain and len(chain) < MAX_REPRINT_CHAIN:
        row = session.execute(
            select(_members.agency, _members.reprint_of).where(
                _members.entry_id == following, _members.story_id == story_id
            )
        ).one_or_none()
        if row is None:
            break
        chain[following] = row.agency, row.reprint_of
        following = row.reprint_of
    return _in_story(entries.summaries_by_id(session, sorted(chain), None, copies=False), chain)


def _in_story(
    found: Mapping[int, EntrySummary], known: Mapping[int, tuple[str, int | None]]
) -> tuple[EntrySummary, ...]:
    """Entries in order of publication, with their agencies and what they reprint."""
    ordered = sorted(found.values(), key=lambda entry: (entry.published_at, entry.id))
    return tuple(
        entry._replace(
            agency=known.get(entry.id, ("", None))[0],
            reprint_of=known.get(entry.id, ("", None))[1],
        )
        for entry in ordered
    )


def language_leads(session: Session, story_id: int) -> dict[str, int]:
    """The lead of a story in each of its languages."""
    rows = session.execute(
        select(_languages.language, _languages.lead_id).where(_languages.story_id == story_id)
    )
    return {row.language: row.lead_id for row in rows}


def story_sources(session: Session, story_id: int) -> tuple[SourceRef, ...]:
    """The sources that told a story, in display order."""
    ids = session.execute(
        select(_sources.source_id).where(_sources.story_id == story_id).distinct()
    ).scalars()
    return tuple(overview.source_refs(session, list(ids)).values())


def leads_of(session: Session, story_ids: Collection[int]) -> dict[int, EntrySummary]:
    """The entry with the headline of each of these stories; an entry alone is its own."""
    stored = stored_stories(session, sorted(story_ids))
    leads = {id_: stored[id_].lead_id if id_ in stored else id_ for id_ in story_ids}
    found = entries.summaries_by_id(session, sorted(leads.values()), None, copies=False)
    return {story: found[lead] for story, lead in leads.items() if lead in found}


def is_read(session: Session, reader: int, story: StoredStory) -> bool:
    """Whether the reader has read the last entries of a story, as its card tells."""
    latest = story.unpack().latest
    return len(read_ids(session, reader, latest)) == len(latest)


def ownership(session: Session, source_ids: Collection[int]) -> dict[int, str]:
    """What these sources are (state, party, private, public), as far as that is configured."""
    rows = session.execute(select(Source.id, Source.ownership).where(Source.id.in_(source_ids)))
    return {row.id: row.ownership for row in rows if row.ownership}


def newer_entry_count(session: Session, story_id: int, seen_up_to: int, limit: int) -> int:
    """The number of entries of a story that arrived after that one, at most `limit`."""
    newer = select(_members.entry_id).where(
        _members.story_id == story_id, _members.entry_id > seen_up_to
    )
    return len(session.execute(newer.limit(limit)).all())
