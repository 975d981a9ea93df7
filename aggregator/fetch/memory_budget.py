"""How much of what is being read is in memory at once: large documents wait for one another."""

from __future__ import annotations

import asyncio

# So many bytes of each document wait for nothing: ordinary feeds never notice large ones.
FREE_ALLOWANCE = 256 * 1024


class MemoryBudget:
    """Bounds the decoded bytes that all documents together hold to about `total`.

    Where they hold more, one document alone reads on, so that some room is always made; the others
    wait. What is held at most is `total`, one whole document, and `FREE_ALLOWANCE` of each other
    one.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self.used = 0
        self._beyond: MemoryReservation | None = None
        self._room = asyncio.Event()

    def may_grow(self, share: MemoryReservation) -> bool:
        """Whether `share` may go on growing now."""
        if share.size <= FREE_ALLOWANCE or self.used <= self._total:
            return True
        if self._beyond is None:
            self._beyond = share
        return self._beyond is share

    async def wait(self, share: MemoryReservation) -> None:
        """Return when `share` may go on."""
        while not self.may_grow(share):
            self._room.clear()
            await self._room.wait()

    def release(self, share: MemoryReservation) -> None:
        """What `share` held is free again."""
        self.used -= share.size
        if self._beyond is share:
            self._beyond = None
        self._room.set()


class MemoryReservation:
    """What one document holds of the memory, until `release`."""

    def __init__(self, memory: MemoryBudget) -> None:
        self._memory = memory
        self.size = 0

    def grow(self, size: int) -> bool:
        """The document has `size` bytes now; whether it may go on without `wait`."""
        self._memory.used += size - self.size
        self.size = size
        return self._memory.may_grow(self)

    async def wait(self) -> None:
        """Return when there is room to go on."""
        await self._memory.wait(self)

    def release(self) -> None:
        """The document is no longer held; more than once does no harm."""
        self._memory.release(self)
        self.size = 0

    def __del__(self) -> None:
        """What is dropped on the way of an error is no longer held either."""
        if self.size:
            self.release()
