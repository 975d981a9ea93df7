"""How much of what a reader follows is unread, for the head of every page.

Counting costs about as much as a list, and the number stands on each page: this process keeps it
for half a minute, or until the reader changes something here. In another process it may be as old
as that; `/mine` itself counts anew.
"""

from __future__ import annotations

import time

from flask import Flask, Response, current_app, g, request

from aggregator.services.reading import marking
from aggregator.types import User
from web.request.auth import can, current_user
from web.request.database import read_session

LIFE_S = 30.0
MAX_READERS = 10_000
"""Kept at most; then all are counted anew."""

_Cache = dict[int, tuple[int, float]]


def unread_total() -> int:
    """What is unread for whoever asks; 0 for a visitor."""
    reader = current_user()
    if reader is None or not can("source.follow"):
        return 0
    total, until = _cache().get(reader.id, (0, 0.0))
    if time.monotonic() < until:
        return total
    return cache_unread_total(reader, marking.count_unread(read_session(), reader).total)


def cache_unread_total(reader: User, total: int) -> int:
    """Remember a number that was just counted."""
    kept = _cache()
    if len(kept) >= MAX_READERS:
        kept.clear()
    kept[reader.id] = (total, time.monotonic() + LIFE_S)
    return total


def init_app(app: Flask) -> None:
    """Give templates `unread_total()`, and count anew after what changes it."""
    app.extensions["marsad_unread"] = {}
    app.jinja_env.globals["unread_total"] = unread_total
    app.after_request(_invalidate)


def _invalidate(response: Response) -> Response:
    reader = g.get("user")
    if reader is not None and (request.method == "POST" or request.endpoint == "entries.show"):
        _cache().pop(reader.id, None)
    return response


def _cache() -> _Cache:
    kept: _Cache = current_app.extensions["marsad_unread"]
    return kept
