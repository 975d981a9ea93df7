"""Bound the memory of documents being read: large ones wait for one another."""

from __future__ import annotations

import asyncio

# Bytes of each document that never wait, so that ordinary feeds do not notice large ones.
FREE_ALLOWANCE = 256 * 1024


class MemoryBudget:
    """Bounds the decoded bytes of all documents together to about `total`.

    Above that, one document alone reads on, so that memory is always freed eventually; the others
    wait. The most that is ever held is `total`, one whole document, and `FREE_ALLOWANCE` of each
    other one.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self.used = 0
        self._beyond: MemoryReservation | None = None
        self._room = asyncio.Event()

    def may_grow(self, share: MemoryReservation) -> bool:
        """Whether `share` may keep growing now."""
        if share.size <= FREE_ALLOWANCE or self.used <= self._total:
            return True
        if self._beyond is None:
            self._beyond = share
        return self._beyond is share

    async def wait(self, share: MemoryReservation) -> None:
        """Return when `share` may continue."""
        while not self.may_grow(share):
            self._room.clear()
            await self._room.wait()

    def release(self, share: MemoryReservation) -> None:
        """Free what `share` held."""
        self.used -= share.size
        if self._beyond is share:
            self._beyond = None
        self._room.set()


class MemoryReservation:
    """The memory that one document holds until `release`."""

    def __init__(self, memory: MemoryBudget) -> None:
        self._memory = memory
        self.size = 0

    def grow(self, size: int) -> bool:
        """Record that the document now has `size` bytes; whether it may go on without `wait`."""
        self._memory.used += size - self.size
        self.size = size
        return self._memory.may_grow(self)

    async def wait(self) -> None:
        """Return when there is room to continue."""
        await self._memory.wait(self)

    def release(self) -> None:
        """Free the memory of the document. Calling it again is harmless."""
        self._memory.release(self)
        self.size = 0

    def __del__(self) -> None:
        """Free what an error dropped on its way."""
        if self.size:
            self.release()
