"""Marking entries read and unread: one, some, or all of a list; and undoing it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, UndoExpired
from aggregator.storage.entries.latest import (
    latest_entry_id,
    latest_id_fetched_before,
    latest_id_published_before,
)
from aggregator.storage.listing import filters
from aggregator.storage.listing.beyond import load_beyond, members_among
from aggregator.storage.listing.keys import find_keys
from aggregator.storage.listing.plan import has_beyond
from aggregator.storage.listing.story_members import member_ids
from aggregator.storage.listing.summaries import find_position
from aggregator.storage.readers import read_marks
from aggregator.storage.readers.read_marks import ReadSnapshot
from aggregator.storage.readers.read_versions import raise_read_version
from aggregator.storage.readers.tags import existing_entries, lock_reader
from aggregator.storage.sql.cursors import Position
from aggregator.types import (
    UNREAD_CAP,
    BulkChange,
    EntryFilter,
    MarkResult,
    ReadChange,
    User,
)
from aggregator.types.limits import MAX_ID

MAX_IDS_PER_REQUEST = 500
# Maximum entries of a list to mark one by one, the newest; whole sources have no limit.
MAX_MARKED_ENTRIES = 5000
MAX_RETURNED_IDS = 200


def mark_entries(
    session: Session,
    reader: User,
    ids: Sequence[int],
    read: bool,
    now: datetime,
    story_ids: Sequence[int] = (),
) -> MarkResult:
    """Mark entries and their duplicates as read or unread; unknown ids are ignored.

    Of the stories `story_ids` all entries are marked: a card names only the last of them. Raises
    InvalidInput for more than `MAX_IDS_PER_REQUEST` ids.
    """
    if len(ids) + len(story_ids) > MAX_IDS_PER_REQUEST:
        raise InvalidInput(
            "error.bad_request", f"ids: at most {MAX_IDS_PER_REQUEST} at once", field="ids"
        )
    others = [id_ for story in story_ids for id_ in member_ids(session, story)]
    return mark_stored_entries(session, reader, list(dict.fromkeys((*ids, *others))), read, now)


def mark_stored_entries(
    session: Session, reader: User, ids: Sequence[int], read: bool, now: datetime
) -> MarkResult:
    """The same without a limit, for ids that the program looked up itself."""
    lock_reader(session, reader.id)
    before = ReadSnapshot()
    valid = [id_ for id_ in ids if 0 < id_ <= MAX_ID]
    changed = read_marks.set_read(session, reader.id, valid, read, before)
    marked = _result(session, reader, before, changed, len(set(ids).intersection(changed)), now)
    return replace(marked, change=_raised(session, reader, changed, read) if before else None)


def mark_known(
    session: Session, reader: User, ids: Sequence[int], read: bool, now: datetime
) -> tuple[BulkChange, ReadChange | None]:
    """Mark entries as `mark_entries` does; what changed, and which ids are unknown."""
    marked = mark_entries(session, reader, ids, read, now)
    changed = marked.change.ids if marked.change else ()
    unknown = set(ids).difference(existing_entries(session, ids))
    return BulkChange(tuple(sorted(changed)), tuple(sorted(unknown))), marked.change


def mark_opened(session: Session, reader: User, entry_id: int) -> ReadChange | None:
    """Mark an opened entry as read, without replacing what can be undone; None if it was read."""
    lock_reader(session, reader.id)
    before = ReadSnapshot()
    changed = read_marks.set_read(session, reader.id, [entry_id], True, before)
    return _raised(session, reader, changed, True) if before else None


def mark_list(
    session: Session,
    reader: User,
    chosen: EntryFilter,
    now: datetime,
    *,
    up_to: int,
    above: int | None = None,
    older_than: timedelta | None = None,
) -> MarkResult:
    """Mark all entries of a list up to the id `up_to` as read.

    `above`: only this entry and those listed above it; `older_than`: only entries published longer
    ago. Raises NotFound for an unknown source, tag or entry.
    """
    lock_reader(session, reader.id)
    up_to = min(up_to, latest_entry_id(session))
    start = Position(now - older_than, 0) if older_than is not None else None
    end = find_position(session, above) if above is not None else None
    before = ReadSnapshot()

    def unread(limit: int) -> list[int]:
        unfolded = replace(chosen, unread=True, stories=False)
        found = find_keys(session, unfolded, reader.id, start, limit, until=end)
        return [key.id for key in found.positions if key.id <= up_to]

    if end is None and _is_of_whole_sources(chosen):
        shown = unread(UNREAD_CAP)
        sources = filters.visible_source_ids(session, chosen, reader.id)
        mark = up_to
        if start is not None:
            mark = min(up_to, latest_id_published_before(session, start.published_at))
        read_marks.advance_marks(session, reader.id, sources, mark, before)
        if start is not None:
            shown = list(dict.fromkeys((*shown, *unread(MAX_MARKED_ENTRIES))))
    else:
        shown = unread(MAX_MARKED_ENTRIES)
    marked = read_marks.set_read(session, reader.id, shown, True, before)
    beyond = _beyond_sources(session, reader, chosen, start, end, up_to)
    others = read_marks.set_read(session, reader.id, beyond, True, before)
    changed = list(dict.fromkeys((*shown, *marked, *others)))
    if before:
        raise_read_version(session, reader.id)
    count = len(shown) + len(beyond.intersection(others))
    return _result(session, reader, before, changed, count, now)


def _beyond_sources(
    session: Session,
    reader: User,
    chosen: EntryFilter,
    start: Position | None,
    end: Position | None,
    up_to: int,
) -> set[int]:
    """The entries of followed topics and stories among the newest of "my news".

    They are counted nowhere, so that older ones may stay as they are.
    """
    if not has_beyond(chosen):
        return set()
    listed = replace(chosen, stories=False)
    found = find_keys(session, listed, reader.id, start, MAX_IDS_PER_REQUEST, until=end).positions
    arrived = [key.id for key in found if key.id <= up_to]
    return members_among(session, arrived, load_beyond(session, reader.id))


def mark_arrived(
    session: Session, reader: User, chosen: EntryFilter, now: datetime, before: datetime
) -> tuple[MarkResult, bool]:
    """Mark what had arrived in a list before a moment as read; whether some of it is left.

    Of other lists than whole sources the newest `MAX_MARKED_ENTRIES` are marked. Raises NotFound
    for an unknown source or topic.
    """
    up_to = latest_id_fetched_before(session, before)
    marked = mark_list(session, reader, chosen, now, up_to=up_to)
    is_cut = not _is_of_whole_sources(chosen) and marked.count >= MAX_MARKED_ENTRIES
    return marked, is_cut


def undo(session: Session, reader: User, token: str, now: datetime) -> int:
    """Undo the reader's last change; the number of entries it had marked.

    Raises UndoExpired (a NotFound) if another change was made since, or too much time has passed.
    """
    lock_reader(session, reader.id)
    count = read_marks.undo(session, reader.id, token, now)
    if count is None:
        raise UndoExpired(token)
    raise_read_version(session, reader.id)
    return count


def _is_of_whole_sources(chosen: EntryFilter) -> bool:
    """Whether the list has all entries of its sources, so that their marks can be moved."""
    narrowed = (
        chosen.language, chosen.section, chosen.feed_id, chosen.tag, chosen.topic, chosen.starred,
    )  # fmt: skip
    return not any(narrowed)


def _raised(session: Session, reader: User, changed: Sequence[int], read: bool) -> ReadChange:
    return ReadChange(raise_read_version(session, reader.id), tuple(changed), read)


def _result(
    session: Session,
    reader: User,
    before: ReadSnapshot,
    changed: Sequence[int],
    count: int,
    now: datetime,
) -> MarkResult:
    if not before:
        return MarkResult(count, None, tuple(changed[:MAX_RETURNED_IDS]))
    token = secrets.token_urlsafe(9)
    read_marks.save_undo(session, reader.id, token, before, count, now)
    return MarkResult(count, token, tuple(changed[:MAX_RETURNED_IDS]))
