"""Marking an entry read because its page was opened, without letting the reader wait for it."""

from __future__ import annotations

import logging

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from aggregator.services import marking
from aggregator.storage.engine import Database
from aggregator.types import EntrySummary, User
from web.database import database
from web.sessions import can, current_user

log = logging.getLogger(__name__)

_AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
"""Where a browser says that it fetches a page before anybody asked to see it."""


def mark_when_sent(response: Response, entry: EntrySummary) -> Response:
    """Mark the entry as read once its page is on its way, if somebody reads it who has not."""
    reader = current_user()
    if reader is not None and not entry.read and can("entry.mark") and _is_looked_at():
        base = database()
        response.call_on_close(lambda: _mark(base, reader, entry.id))
    return response


def _is_looked_at() -> bool:
    ahead = any("pre" in request.headers.get(name, "").lower() for name in _AHEAD)
    return request.method == "GET" and not ahead


def _mark(base: Database, reader: User, entry_id: int) -> None:
    """Failing costs a mark that the next visit makes: it is logged, the page is sent already."""
    try:
        with base.write() as session:
            marking.mark_opened(session, reader, entry_id)
    except SQLAlchemyError as error:
        log.warning("entry %d was not marked as read: %s", entry_id, error)
