"""Threads apart for what is quick, what reads and what writes, so that none waits for another.

Whether the site lives can be asked, and its styles and scripts load, while searches keep all
readers' threads busy; and forms that wait for the database's lock hold up no page.
"""

from __future__ import annotations

import time
from typing import Any

from waitress.task import ThreadedTaskDispatcher

READERS = 4
WRITERS = 2
_PROBES = frozenset({"/healthz", "/readyz"})
_ASSETS = ("/static/", "/styles/", "/scripts/")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Lanes:
    """A dispatcher of waitress that hands each request to the threads of its kind."""

    def __init__(self, base_path: str = "") -> None:
        """`base_path`: that below which the site is served, which a proxy may leave out."""
        self._base_path = base_path
        self._quick, self._readers, self._writers = (
            _threads(count) for count in (1, READERS, WRITERS)
        )

    def add_task(self, channel: Any) -> None:
        """Have the first request of a connection answered."""
        self._lane(channel.requests[0]).add_task(channel)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Stop all threads, within the time together."""
        deadline = time.monotonic() + timeout
        ended = [
            lane.shutdown(cancel_pending, max(0.0, deadline - time.monotonic()))
            for lane in (self._quick, self._readers, self._writers)
        ]
        return all(ended)

    def _lane(self, request: Any) -> ThreadedTaskDispatcher:
        path = "" if request.error else request.path.removeprefix(self._base_path)
        if request.error or path in _PROBES or path.startswith(_ASSETS):
            return self._quick
        return self._readers if request.command in _SAFE_METHODS else self._writers


def _threads(count: int) -> ThreadedTaskDispatcher:
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(count)
    return dispatcher
