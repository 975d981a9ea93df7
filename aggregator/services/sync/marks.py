"""What apps write: read, starred and tagged entries, and whole lists that are read."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.services.reading import marking, tagging
from aggregator.services.sync.streams import Stream, StreamFilter, list_ids
from aggregator.storage.entries.latest import latest_entry_id, latest_id_fetched_before
from aggregator.storage.listing.arrivals import Bounds, OfSources
from aggregator.storage.readers import read_marks
from aggregator.storage.readers.read_marks import ReadSnapshot
from aggregator.storage.readers.read_versions import raise_read_version
from aggregator.storage.readers.tags import lock_reader
from aggregator.types import UNREAD_CAP, ReadChange, User

# Entries of a list that are marked one by one, the newest; whole sources have no limit.
MAX_MARKED = marking.MAX_MARKED_ENTRIES


@dataclass(frozen=True, slots=True)
class EntryEdit:
    """What is to become of entries; None leaves it as it is."""

    read: bool | None = None
    starred: bool | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()


def edit_entries(
    session: Session, reader: User, ids: Sequence[int], edit: EntryEdit, now: datetime
) -> ReadChange | None:
    """Mark, star and tag entries; what changed of their read state.

    Copies are read with their siblings. Unknown ids are ignored. Raises InvalidInput for a tag that
    cannot be one, or one too many on an entry.
    """
    if edit.starred is not None:
        tagging.star_entries(session, reader, ids, edit.starred, now)
    if edit.remove_tags:
        tagging.tag_entries(session, reader, ids, edit.remove_tags, False, now)
    if edit.add_tags:
        tagging.tag_entries(session, reader, ids, edit.add_tags, True, now)
    if edit.read is None:
        return None
    return marking.mark_stored_entries(session, reader, ids, edit.read, now).change


def mark_stream_read(
    session: Session, reader: User, stream: Stream, until: datetime | None, now: datetime
) -> None:
    """Mark what a stream had before `until` as read, and nothing that arrived later.

    None: everything so far. Of topics, stories and searches only what apps are given.
    """
    if stream.unread is False:
        return
    lock_reader(session, reader.id)
    latest = latest_entry_id(session)
    up_to = latest if until is None else latest_id_fetched_before(session, until)
    before = ReadSnapshot()
    wanted = StreamFilter(Bounds(up_to=up_to), unread=True)
    sources = [id_ for part in stream.parts if isinstance(part, OfSources) for id_ in part.ids]
    rest = replace(
        stream, parts=tuple(part for part in stream.parts if not isinstance(part, OfSources))
    )
    shown = list_ids(session, reader.id, rest, wanted, MAX_MARKED).ids
    if sources and up_to:
        # The newest, for their copies in other sources; the marks do the rest.
        shown += list_ids(session, reader.id, stream, wanted, UNREAD_CAP).ids
        read_marks.advance_marks(session, reader.id, sources, up_to, before)
    read_marks.set_read(session, reader.id, shown, True, before)
    if before:
        raise_read_version(session, reader.id)
        # Also makes the undo of an earlier change on a page harmless.
        token = secrets.token_urlsafe(9)
        read_marks.save_undo(session, reader.id, token, before, len(shown), now)
