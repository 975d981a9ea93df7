"""Unread counts of the readers of one process, each for the read version it was counted for.

A count is used only while the database has its version: what a reader changed in another process
shows at once. It is counted again after a while all the same, because entries also vanish
(retention) and turn out to be duplicates.
"""

from __future__ import annotations

from threading import Lock

from aggregator.services.reading.unread import UnreadCount
from aggregator.types import ReadChange
from web.caches.ttl import TtlCache

# Seconds for which a count is kept up to date before everything is counted again.
RECOUNT_AFTER_S = 120
MAX_READERS = 10_000


class _Slot:
    """The latest count of one reader; a thread replaces it only if no other did."""

    def __init__(self, count: UnreadCount) -> None:
        self.count = count


class UnreadCache:
    """The counts, by the id of their reader; shared by the threads of a process."""

    def __init__(self) -> None:
        self._slots: TtlCache[int, _Slot] = TtlCache(RECOUNT_AFTER_S, MAX_READERS)
        self._lock = Lock()

    def get(self, reader_id: int, version: int) -> UnreadCount | None:
        """The count for that version of the reader's read state, if there is one."""
        slot = self._slots.get(reader_id)
        return slot.count if slot is not None and slot.count.version == version else None

    def put(self, reader_id: int, count: UnreadCount) -> None:
        """Remember a new count, unless there is one for a later version."""
        with self._lock:
            slot = self._slots.get(reader_id)
            if slot is None or slot.count.version <= count.version:
                self._slots.put(reader_id, _Slot(count))

    def replace(self, reader_id: int, old: UnreadCount, new: UnreadCount) -> None:
        """Bring a count up to date without prolonging its life, if it is still the current one."""
        with self._lock:
            slot = self._slots.get(reader_id)
            if slot is not None and slot.count is old:
                slot.count = new

    def note(self, reader_id: int, change: ReadChange | None) -> None:
        """Let the next page subtract what was just marked instead of counting again."""
        if change is None:
            return
        with self._lock:
            slot = self._slots.get(reader_id)
            if slot is None or slot.count.version >= change.version:
                return
            after = slot.count.after(change)
            if after is None:
                self._slots.discard(reader_id)
            else:
                slot.count = after
