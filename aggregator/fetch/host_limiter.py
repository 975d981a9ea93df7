"""Limit concurrent requests, per host and in total."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from aggregator.errors import HostBackedOff

HostKey = tuple[str, int]


class HostLimiter:
    """Hands out slots: at most `per_host` to one host, `total` overall.

    A request waits for its host first, so that a busy host never holds slots that others could use.
    Two requests to one host start at least `gap_s` seconds apart.
    """

    def __init__(self, total: int, per_host: int, gap_s: float) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_host = per_host
        self._gap_s = gap_s
        self._hosts: dict[HostKey, _Host] = {}

    def __len__(self) -> int:
        """Number of hosts remembered."""
        return len(self._hosts)

    @asynccontextmanager
    async def acquire(self, key: HostKey, *, in_a_row: bool = False) -> AsyncIterator[Slot]:
        """Wait for a slot at the host `key` (name, port) and release it afterwards.

        `in_a_row`: skip the gap. Raises `HostBackedOff` while the host is being left alone.
        """
        host = self._host(key)
        host.users += 1
        try:
            async with host.slots:
                _check_backoff(key, host)
                place = await self._start(host, 0.0 if in_a_row else self._gap_s)
                try:
                    yield place
                finally:
                    place.release()
        finally:
            host.users -= 1
            self._forget(key, host)

    def back_off(self, key: HostKey, wait: timedelta) -> None:
        """Leave the host alone for `wait`; requests waiting for it get `HostBackedOff`."""
        host = self._host(key)
        now = asyncio.get_running_loop().time()
        host.backoff_until = max(host.backoff_until, now + wait.total_seconds())
        self._forget(key, host)

    def _host(self, key: HostKey) -> _Host:
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = _Host(self._per_host)
        return host

    async def _start(self, host: _Host, gap_s: float) -> Slot:
        """Take one of the total slots, once the gap has passed."""
        clock = asyncio.get_running_loop().time
        while True:
            await self._total.acquire()
            wait = host.next_start - clock()
            if wait <= 0:
                host.next_start = clock() + gap_s
                return Slot(self._total)
            self._total.release()
            await asyncio.sleep(wait)

    def _forget(self, key: HostKey, host: _Host) -> None:
        """Drop an idle host once its gap and its back-off have passed."""
        if host.users:
            return
        loop = asyncio.get_running_loop()
        until = max(host.next_start, host.backoff_until)
        if until <= loop.time():
            if self._hosts.get(key) is host:
                del self._hosts[key]
        else:
            loop.call_at(until, self._forget, key, host)


class Slot:
    """One of the total slots, held by a request."""

    def __init__(self, total: asyncio.Semaphore) -> None:
        self._total = total
        self._is_held = True

    def release(self) -> None:
        """Free the slot. Calling it twice is harmless."""
        if self._is_held:
            self._is_held = False
            self._total.release()

    async def reacquire(self) -> None:
        """Wait for a slot again after `release`."""
        await self._total.acquire()
        self._is_held = True


class DeadlinePause:
    """A wait of our own making: it stops the deadline and frees the slot meanwhile."""

    def __init__(self, place: Slot, deadline: asyncio.Timeout) -> None:
        self._place = place
        self._deadline = deadline

    async def wait_for(self, wait: Callable[[], Awaitable[None]]) -> None:
        """Wait, then continue with a slot and the remaining time."""
        clock = asyncio.get_running_loop().time
        left_s = (self._deadline.when() or clock()) - clock()
        self._deadline.reschedule(None)
        self._place.release()
        await wait()
        await self._place.reacquire()
        self._deadline.reschedule(clock() + left_s)


class _Host:
    __slots__ = ("backoff_until", "next_start", "slots", "users")

    def __init__(self, per_host: int) -> None:
        self.slots = asyncio.Semaphore(per_host)
        self.users = 0
        self.next_start = 0.0
        self.backoff_until = 0.0


def _check_backoff(key: HostKey, host: _Host) -> None:
    left_s = host.backoff_until - asyncio.get_running_loop().time()
    if left_s > 0:
        raise HostBackedOff(f"{key[0]}:{key[1]}", timedelta(seconds=left_s))
