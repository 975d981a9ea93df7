"""Courtesy: how many requests are under way at once, to one host and in all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

HostKey = tuple[str, int]


class Places:
    """Hands out places: at most `per_host` to one host, `total` in all.

    A request waits for a place at its host first, so that a busy host never holds places that
    others could use. Between the starts of two requests to one host lie at least `gap_s` seconds.
    """

    def __init__(self, total: int, per_host: int, gap_s: float) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_host = per_host
        self._gap_s = gap_s
        self._hosts: dict[HostKey, _Host] = {}

    def __len__(self) -> int:
        """How many hosts are remembered."""
        return len(self._hosts)

    @asynccontextmanager
    async def take(self, key: HostKey) -> AsyncIterator[None]:
        """Wait for a place at the host `key` (name, port) and give it back afterwards."""
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = _Host(self._per_host)
        host.users += 1
        try:
            async with host.places:
                await self._start(host)
                try:
                    yield
                finally:
                    self._total.release()
        finally:
            host.users -= 1
            self._forget(key, host)

    async def _start(self, host: _Host) -> None:
        """Return holding one of the total places, with the gap kept."""
        clock = asyncio.get_running_loop().time
        while True:
            await self._total.acquire()
            wait = host.next_start - clock()
            if wait <= 0:
                host.next_start = clock() + self._gap_s
                return
            self._total.release()
            await asyncio.sleep(wait)

    def _forget(self, key: HostKey, host: _Host) -> None:
        """Drop an idle host, after its gap."""
        if host.users:
            return
        loop = asyncio.get_running_loop()
        if host.next_start <= loop.time():
            if self._hosts.get(key) is host:
                del self._hosts[key]
        else:
            loop.call_at(host.next_start, self._forget, key, host)


class _Host:
    __slots__ = ("next_start", "places", "users")

    def __init__(self, per_host: int) -> None:
        self.places = asyncio.Semaphore(per_host)
        self.users = 0
        self.next_start = 0.0
