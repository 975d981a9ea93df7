"""What is new in saved searches, as pages show it: looked for once a minute, not for each page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock

from flask import Flask, current_app

from aggregator.services.search import saved
from aggregator.types import FollowedSearch, SavedSearch, User
from web.request.database import reading
from web.request.search_context import seeker_here

LIFE_S = 60.0
MOST_COUNTED = 12
"""Searches that are looked for on one page; the others follow on the next."""
_MOST_KEPT = 5000

_Key = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class _Known:
    count: int
    until: float
    """By the monotonic clock."""


class SavedCounts:
    """Counts by search, query and what its reader has seen."""

    def __init__(self) -> None:
        self._known: dict[_Key, _Known] = {}
        self._lock = Lock()

    def of(self, searches: tuple[SavedSearch, ...]) -> tuple[FollowedSearch, ...]:
        """Each with what is new in it."""
        moment = time.monotonic()
        asked = 0
        found = []
        for search in searches:
            key = (search.id, search.query, search.seen_up_to)
            known = self._known.get(key)
            if (known is None or known.until < moment) and asked < MOST_COUNTED:
                asked += 1
                count = saved.count_new(reading(), seeker_here(), search)
                known = _Known(count, moment + LIFE_S)
                self._keep(key, known)
            found.append(FollowedSearch(search, known.count if known else 0))
        return tuple(found)

    def _keep(self, key: _Key, known: _Known) -> None:
        with self._lock:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = known


def init_app(app: Flask) -> None:
    """Give the application its counts."""
    app.extensions["marsad_saved_counts"] = SavedCounts()


def followed_searches(reader: User) -> tuple[FollowedSearch, ...]:
    """The searches of a reader, with what is new in each."""
    searches = saved.list_saved(reading(), reader)
    if not searches:
        return ()
    counts = current_app.extensions["marsad_saved_counts"]
    assert isinstance(counts, SavedCounts)
    return counts.of(searches)
