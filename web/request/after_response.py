"""Writes that a page view causes (an entry is read, news are seen), after its response is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aggregator.services.reading import marking
from aggregator.storage.engine import Database
from aggregator.types import EntrySummary
from web.request.auth import can, current_user
from web.request.database import database

log = logging.getLogger(__name__)

# A browser sets one of these when it fetches a page ahead of time.
_PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def mark_read_after_response(response: Response, entry: EntrySummary) -> Response:
    """Mark the entry as read by the signed-in reader, if any, after the response is sent."""
    reader = current_user()
    if reader is None or entry.read or not can("entry.mark"):
        return response
    return write_after_response(
        response,
        lambda session: marking.mark_opened(session, reader, entry.id),
        f"entry {entry.id} was not marked as read",
    )


def write_after_response(
    response: Response, write: Callable[[Session], object], failed: str
) -> Response:
    """Call `write` in a transaction after the response is sent, unless it is a prefetch.

    A failure is only logged, with the message `failed`: the next visit makes up for it.
    """
    if _is_page_view():
        database_ = database()
        response.call_on_close(lambda: _write(database_, write, failed))
    return response


def _is_page_view() -> bool:
    prefetched = any("pre" in request.headers.get(name, "").lower() for name in _PREFETCH_HEADERS)
    return request.method == "GET" and not prefetched


def _write(database: Database, write: Callable[[Session], object], failed: str) -> None:
    try:
        with database.write() as session:
            write(session)
    except SQLAlchemyError as error:
        log.warning("%s: %s", failed, error)
