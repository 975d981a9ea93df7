"""What showing a page changes (an entry is read, news are seen), without letting anybody wait."""

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

_PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
"""Where a browser says that it fetches a page before anybody asked to see it."""


def mark_read_after_response(response: Response, entry: EntrySummary) -> Response:
    """Mark the entry as read once its page is on its way, if somebody reads it who has not."""
    reader = current_user()
    if reader is None or entry.read or not can("entry.mark"):
        return response
    return write_after_response(
        response,
        lambda session: marking.mark_opened(session, reader, entry.id),
        f"entry {entry.id} was not marked as read",
    )


def write_after_response(
    response: Response, keep: Callable[[Session], object], failed: str
) -> Response:
    """Write what looking at a page changes once it is on its way; not for who fetches it ahead.

    Failing costs what the next visit makes good: `failed` is logged, the page is sent already.
    """
    if _is_page_view():
        base = database()
        response.call_on_close(lambda: _write(base, keep, failed))
    return response


def _is_page_view() -> bool:
    ahead = any("pre" in request.headers.get(name, "").lower() for name in _PREFETCH_HEADERS)
    return request.method == "GET" and not ahead


def _write(base: Database, keep: Callable[[Session], object], failed: str) -> None:
    try:
        with base.write() as session:
            keep(session)
    except SQLAlchemyError as error:
        log.warning("%s: %s", failed, error)
