"""Look up the addresses of host names: guarded, shared for a minute, in threads of their own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from aggregator.fetch.guard import AddressGuard

DNS_CACHE_S = 60
DNS_THREADS = 32
# Above that, forgotten look-ups are swept out.
MAX_KNOWN_NAMES = 2000
# Turns host names into addresses.
Resolver = AbstractResolver

_Question = tuple[str, int, socket.AddressFamily]


class GuardedResolver(Resolver):
    """Resolves only names all of whose addresses may be polled, to exactly those addresses."""

    def __init__(self, guard: AddressGuard, lookups: Resolver) -> None:
        self._guard = guard
        self._lookups = lookups

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`; raises OSError, or `AddressRefused` if any one is private."""
        found = await self._lookups.resolve(host, port, family)
        for result in found:
            self._guard.check_address(host, result["host"])
        return found

    async def close(self) -> None:
        """Leave the look-ups to those who share them."""


class LookupCache(Resolver):
    """Look-ups kept for a minute and shared: those who ask for a name at once wait together."""

    def __init__(self, lookups: Resolver) -> None:
        self._lookups = lookups
        self._known: dict[_Question, tuple[float, asyncio.Task[list[ResolveResult]]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`, at least one; raises OSError."""
        question = (host, port, family)
        now = asyncio.get_running_loop().time()
        expires_at, task = self._known.get(question, (0.0, None))
        if task is None or expires_at <= now or _has_failed(task):
            self._drop_expired(now)
            task = asyncio.create_task(self._look_up(host, port, family))
            self._known[question] = now + DNS_CACHE_S, task
        return await asyncio.shield(task)  # others may wait for it too

    async def close(self) -> None:
        """Abandon running look-ups and release what they hold."""
        tasks = [task for _, task in self._known.values()]
        self._known.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._lookups.close()

    async def _look_up(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        found = await self._lookups.resolve(host, port, family)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address")
        return found

    def _drop_expired(self, now: float) -> None:
        if len(self._known) >= MAX_KNOWN_NAMES:
            self._known = {
                question: known
                for question, known in self._known.items()
                if known[0] > now and not _has_failed(known[1])
            }


def _has_failed(task: asyncio.Task[list[ResolveResult]]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


class SystemResolver(Resolver):
    """The system's look-ups in threads of their own, so that dead names delay nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`; raises OSError."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, _look_up, host, port, family
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for family, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Stop the threads without waiting for running look-ups."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(
    host: str, port: int, family: int
) -> Sequence[tuple[int, int, int, str, tuple[Any, ...]]]:
    return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
