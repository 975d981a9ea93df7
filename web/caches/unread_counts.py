"""Unread entries of what a reader follows, for the head of every page.

Kept until the reader changes something here, or half a minute: a change made through another
process shows that much later. `/mine` itself always counts.
"""

from __future__ import annotations

from flask import Flask, Response, g, request

from aggregator.services.reading import marking
from aggregator.types import User
from web.request.auth import can, current_user
from web.request.database import read_session
from web.state import app_state


def unread_total() -> int:
    """Unread entries of the signed-in reader; 0 for a visitor."""
    reader = current_user()
    if reader is None or not can("source.follow"):
        return 0
    total = app_state().caches.unread_totals.get(reader.id)
    if total is None:
        total = cache_unread_total(reader, marking.count_all_unread(read_session(), reader))
    return total


def cache_unread_total(reader: User, total: int) -> int:
    """Remember a number that was just counted."""
    return app_state().caches.unread_totals.put(reader.id, total)


def init_app(app: Flask) -> None:
    """Give templates `unread_total()`, and forget a number when a request changes it."""
    app.jinja_env.globals["unread_total"] = unread_total
    app.after_request(_invalidate)


def _invalidate(response: Response) -> Response:
    reader = g.get("user")
    if reader is not None and (request.method == "POST" or request.endpoint == "entries.show"):
        app_state().caches.unread_totals.discard(reader.id)
    return response
