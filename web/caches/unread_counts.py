"""What readers have not read, for the head of every page and the list of what they follow."""

from __future__ import annotations

from flask import Flask, g
from sqlalchemy.orm import Session

from aggregator.services.reading import unread
from aggregator.services.reading.unread import UnreadCount
from aggregator.types import ReadChange, UnreadCounts, User
from web.request.auth import can, current_user
from web.request.database import database, read_session
from web.state import app_state


def unread_total() -> int:
    """Unread entries of the signed-in reader; 0 for a visitor."""
    reader = current_user()
    if reader is None or not can("source.follow"):
        return 0
    return unread_counts(reader).total


def unread_counts(reader: User) -> UnreadCounts:
    """The unread entries of the signed-in reader, as this request began."""
    if "unread" not in g:
        version = g.get("read_version")
        g.unread = _count(read_session(), reader, version).counts
    counts = g.unread
    assert isinstance(counts, UnreadCounts)
    return counts


def unread_counts_now(reader: User) -> UnreadCounts:
    """The same after a change that this request made."""
    with database().read() as session:
        g.unread = counts = _count(session, reader, None).counts
    return counts


def note_read_change(reader: User, change: ReadChange | None) -> None:
    """Tell the cache what was marked, once that is committed."""
    app_state().caches.unread.note(reader.id, change)


def _count(session: Session, reader: User, version: int | None) -> UnreadCount:
    """The count for the read version that `session` sees."""
    if version is None:
        version = unread.current_version(session, reader)
    cache = app_state().caches.unread
    kept = cache.get(reader.id, version)
    count = unread.update(session, reader, kept) if kept else None
    if kept and count:
        cache.replace(reader.id, kept, count)
        return count
    count = unread.count_unread(session, reader, version)
    cache.put(reader.id, count)
    return count


def init_app(app: Flask) -> None:
    """Give templates `unread_total()`."""
    app.jinja_env.globals["unread_total"] = unread_total
