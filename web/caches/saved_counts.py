"""What is new in saved searches, as pages show it: looked for once a minute, not for each page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock

from flask import Flask, current_app

from aggregator.services.search import saved
from aggregator.types import FollowedSearch, SavedSearch, User
from web.request.database import read_session
from web.request.search_context import current_search_context

LIFE_S = 60.0
MAX_COUNTED_PER_PAGE = 12
"""Searches that are looked for on one page; the others follow on the next."""
_MAX_CACHED = 5000

_Key = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class _CachedCount:
    count: int
    until: float
    """By the monotonic clock."""


class SavedSearchCounts:
    """Counts by search, query and what its reader has seen."""

    def __init__(self) -> None:
        self._known: dict[_Key, _CachedCount] = {}
        self._lock = Lock()

    def with_counts(self, searches: tuple[SavedSearch, ...]) -> tuple[FollowedSearch, ...]:
        """Each with what is new in it."""
        moment = time.monotonic()
        asked = 0
        found = []
        for search in searches:
            key = (search.id, search.query, search.seen_up_to)
            known = self._known.get(key)
            if (known is None or known.until < moment) and asked < MAX_COUNTED_PER_PAGE:
                asked += 1
                count = saved.count_new(read_session(), current_search_context(), search)
                known = _CachedCount(count, moment + LIFE_S)
                self._cache(key, known)
            found.append(FollowedSearch(search, known.count if known else 0))
        return tuple(found)

    def _cache(self, key: _Key, known: _CachedCount) -> None:
        with self._lock:
            if len(self._known) >= _MAX_CACHED:
                self._known.clear()
            self._known[key] = known


def init_app(app: Flask) -> None:
    """Give the application its counts."""
    app.extensions["marsad_saved_counts"] = SavedSearchCounts()


def searches_with_counts(reader: User) -> tuple[FollowedSearch, ...]:
    """The searches of a reader, with what is new in each."""
    searches = saved.list_saved(read_session(), reader)
    if not searches:
        return ()
    counts = current_app.extensions["marsad_saved_counts"]
    assert isinstance(counts, SavedSearchCounts)
    return counts.with_counts(searches)
