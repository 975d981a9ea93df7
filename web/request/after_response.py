"""Writes that a page view causes (an entry is read, news are seen), after its response is sent."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request
from sqlalchemy.orm import Session

from aggregator.services.reading import marking
from aggregator.types import EntrySummary, ReadChange
from web.request.auth import can, current_user
from web.state import app_state

# A browser sets one of these when it fetches a page ahead of time.
_PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def mark_read_after_response(response: Response, entry: EntrySummary) -> Response:
    """Mark the entry as read by the signed-in reader, if any, after the response is sent."""
    reader = current_user()
    if reader is None or entry.read or not can("entry.mark"):
        return response
    changes: list[ReadChange | None] = []
    counts = app_state().caches.unread
    return write_after_response(
        response,
        lambda session: changes.append(marking.mark_opened(session, reader, entry.id)),
        f"entry {entry.id} was not marked as read",
        lambda: counts.note(reader.id, changes[-1]),
    )


def write_after_response(
    response: Response,
    write: Callable[[Session], object],
    failed: str,
    then: Callable[[], object] | None = None,
) -> Response:
    """Call `write` in a transaction after the response is sent, unless it is a prefetch.

    `then` is called once that is committed.

    It never waits for a lock here (`web.request.deferred_writes`). If it cannot be kept, that is
    logged with the message `failed`, and the reader learns it on their next page.
    """
    reader = current_user()
    if is_page_view():
        deferred, reader_id = app_state().deferred, reader.id if reader else None
        response.call_on_close(lambda: deferred.submit(write, failed, reader_id, then))
    return response


def is_page_view() -> bool:
    """Whether somebody looks at a page now, rather than a browser that fetches ahead of time."""
    prefetched = any("pre" in request.headers.get(name, "").lower() for name in _PREFETCH_HEADERS)
    return request.method == "GET" and not prefetched
