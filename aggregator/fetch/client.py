"""Fetch feeds: redirects, deadlines, and limits per host."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypeVar

from yarl import URL

from aggregator.errors import FetchError
from aggregator.fetch.caching import is_validator
from aggregator.fetch.cookies import PollCookies
from aggregator.fetch.guard import (
    PUBLIC_ONLY,
    STANDARD_PORTS,
    AddressGuard,
    is_standard_port,
    literal_address,
)
from aggregator.fetch.host_limiter import DeadlinePause, HostLimiter
from aggregator.fetch.lookups import LookupCache, Resolver, SystemResolver
from aggregator.fetch.memory_budget import MemoryBudget
from aggregator.fetch.transport import (
    TRANSPORT_ERRORS,
    HttpAnswer,
    HttpRequest,
    Redirect,
    Transport,
    as_fetch_error,
    host_key,
)
from aggregator.networks import Address, Network, is_public_name
from aggregator.types import FetchResult, NotModified

MAX_REDIRECTS = 10
MAX_FORM_REDIRECTS = 3

T = TypeVar("T")

_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How to fetch. `user_agent` names us and a contact URL; `max_feed_size` is decoded bytes."""

    user_agent: str
    concurrency: int = 64
    per_host: int = 2
    gap_s: float = 0.0
    """Seconds between the starts of two requests to one host."""
    timeout_s: float = 20.0
    """For connecting, redirects, headers and body together, the wait for a place excepted."""
    max_feed_size: int = 10 * 2**20
    memory: int = 48 * 2**20
    """Decoded bytes of all documents together that are read or wait to be parsed."""
    allow_networks: tuple[Network, ...] = ()
    """May be polled though they are private, by feeds that are configured there; hosts there need
    no gap either."""


class FeedClient:
    """An async context manager around one connection pool; `fetch` may run concurrently."""

    def __init__(self, settings: ClientSettings, resolver: Resolver | None = None) -> None:
        self.settings = settings
        self.guard = AddressGuard(settings.allow_networks)
        self._limiter = HostLimiter(settings.concurrency, settings.per_host, settings.gap_s)
        self._memory = MemoryBudget(settings.memory)
        self._lookups = LookupCache(resolver or SystemResolver())
        self._is_open = False
        # No connection is shared between feeds that may not reach the same networks.
        self._pools: dict[AddressGuard, Transport] = {}

    async def __aenter__(self) -> Self:
        self._is_open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_open = False
        for pool in self._pools.values():
            await pool.close()
        await self._lookups.close()

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        configured_url: str | None = None,
    ) -> FetchResult:
        """Poll `url`, with the validators of the last good answer if there was one.

        `configured_url`: the feed's address in the configuration, if it has moved since; "" if
        nobody configured it. It alone decides which of the operator's networks may be reached.

        Raises only `FetchError`, with one of `FETCH_KINDS`; its subclass `HostBackedOff` if the
        host has asked to be left alone. The caller must call `release` of a `FetchedFeed`.
        """
        conditions = _conditions(etag, last_modified)
        configured = url if configured_url is None else configured_url
        return await self._translate_errors(self._follow(url, conditions, configured))

    async def post_form(
        self, url: str, fields: Mapping[str, str], *, configured_url: str | None = None
    ) -> int:
        """Send a form, with the guard and the deadline of `fetch`; the status, 200 to 299.

        `url` is trusted no more than a redirect of the feed at `configured_url`: it must have a
        standard port, unless both are in one of the operator's networks. Follows only redirects
        that keep the request (307, 308). Raises `FetchError`.
        """
        return await self._translate_errors(self._post_and_follow(url, fields, configured_url))

    async def exchange(self, request: HttpRequest, *, trusted_url: str) -> HttpAnswer:
        """Send one request, with the guard and the deadline of `fetch`, to a service of people.

        Reaches the public, and those of the operator's networks that `trusted_url` is in: an
        address in the configuration whose owner the operator trusts, whatever its name. The answer
        may have any status. Raises `FetchError`.
        """
        return await self._translate_errors(self._exchange(request, trusted_url))

    async def _translate_errors(self, work: Awaitable[T]) -> T:
        """Await `work`, turning every failure into a `FetchError`."""
        try:
            return await work
        except TimeoutError as error:
            detail = f"no complete answer within {self.settings.timeout_s:g} s"
            raise FetchError("timeout", detail) from error
        except TRANSPORT_ERRORS as error:
            raise as_fetch_error(error) from error

    async def _follow(
        self, url: str, conditions: dict[str, str], configured_url: str
    ) -> FetchResult:
        """Request `url` and follow its redirects, with the cookies that these set."""
        first = here = self.guard.check_url(url)
        reach: AddressGuard | None = None
        permanent: URL | None = None
        unbroken = True
        cookies = PollCookies()
        seen = {(here, "")}
        left_s = self.settings.timeout_s
        clock = asyncio.get_running_loop().time
        for _ in range(MAX_REDIRECTS + 1):
            async with self._limiter.acquire(host_key(here), in_a_row=self._is_ours(here)) as place:
                began = clock()
                async with asyncio.timeout(left_s) as deadline:
                    pause = DeadlinePause(place, deadline)
                    reach = await self._reach_at(
                        here, reach or await self._reach_of(configured_url, url)
                    )
                    cookie = cookies.header(here)
                    answer = await self._pool(reach).get(here, conditions, permanent, pause, cookie)
                    if not isinstance(answer, Redirect):
                        took_s = self.settings.timeout_s - left_s + clock() - began
                        return _timed(answer, took_s, is_internal=reach != PUBLIC_ONLY)
                    cookies.store(here, answer.set_cookie, datetime.now(UTC))
                    here = await self._next(first, here, answer, reach)
                left_s -= clock() - began
            unbroken = unbroken and answer.status in _PERMANENT
            permanent = here if unbroken else permanent
            if here == first:  # it sent us away for a cookie only
                permanent = None
            if (here, cookies.header(here)) in seen:
                raise FetchError("redirect", "the redirects lead in a circle")
            seen.add((here, cookies.header(here)))
        raise FetchError("redirect", f"more than {MAX_REDIRECTS} redirects")

    async def _post_and_follow(
        self, url: str, fields: Mapping[str, str], configured_url: str | None
    ) -> int:
        left_s = self.settings.timeout_s
        async with asyncio.timeout(left_s):
            reach = await self._reach_of(configured_url, url)
            first = here = reach.check_url(url)
            reach = await self._reach_at(here, reach)
        if here.port not in STANDARD_PORTS and reach == PUBLIC_ONLY:
            raise FetchError("invalid_url", f"the address has the unusual port {here.port}")
        clock = asyncio.get_running_loop().time
        for _ in range(MAX_FORM_REDIRECTS + 1):
            async with self._limiter.acquire(host_key(here), in_a_row=self._is_ours(here)):
                began = clock()
                async with asyncio.timeout(left_s):
                    reach = await self._reach_at(here, reach)
                    answer = await self._pool(reach).post(here, fields)
                    if isinstance(answer, int):
                        return answer
                    here = await self._next(first, here, answer, reach)
                left_s -= clock() - began
        raise FetchError("redirect", f"more than {MAX_FORM_REDIRECTS} redirects")

    async def _exchange(self, request: HttpRequest, trusted_url: str) -> HttpAnswer:
        async with asyncio.timeout(self.settings.timeout_s):
            trusted = self.guard.check_url(trusted_url)
            reach = self.guard.narrowed(await self._addresses(trusted))
            target = reach.check_url(request.url)
            return await self._pool(await self._reach_at(target, reach)).exchange(target, request)

    def _is_ours(self, url: URL) -> bool:
        """Whether a host is, without a look-up, known to be in the operator's own networks."""
        name = url.raw_host or ""
        is_loopback = name == "localhost" or name.endswith(".localhost")  # RFC 6761, section 6.3
        address = "127.0.0.1" if is_loopback else literal_address(url)
        return address is not None and self.guard.is_allowed(address)

    async def _next(self, first: URL, here: URL, redirect: Redirect, reach: AddressGuard) -> URL:
        """The checked target of a redirect."""
        target = reach.check_redirect(here, redirect.location)
        if is_standard_port(target, first):
            return target
        if await self._reach_at(target, reach) == PUBLIC_ONLY:
            raise FetchError("redirect", f"the redirect leads to the unusual port {target.port}")
        return target

    async def _reach_of(self, configured_url: str | None, url: str) -> AddressGuard:
        """What the feed at `configured_url` may reach, for a request to `url`.

        The owner of a public name may point it at any network for a moment. So such a name opens
        one only for what the operator wrote down, not for where it moved or for its hub.
        """
        if not configured_url or not self.guard.allow_networks:
            return PUBLIC_ONLY
        configured = self.guard.check_url(configured_url)
        is_spoofable = literal_address(configured) is None and is_public_name(
            configured.raw_host or ""
        )
        if is_spoofable and url != configured_url:
            return PUBLIC_ONLY
        return self.guard.narrowed(await self._addresses(configured))

    async def _reach_at(self, target: URL, reach: AddressGuard) -> AddressGuard:
        """`reach`, if the target is wholly in its networks; otherwise only the public, for good."""
        if reach == PUBLIC_ONLY:
            return reach
        inside = reach.narrowed(await self._addresses(target)) != PUBLIC_ONLY
        return reach if inside else PUBLIC_ONLY

    async def _addresses(self, url: URL) -> list[str | Address]:
        """The addresses of a host, unchecked; raises OSError."""
        address = literal_address(url)
        if address is not None:
            return [address]
        found = await self._lookups.resolve(url.raw_host or "", url.port or 0)
        return [result["host"] for result in found]

    def _pool(self, reach: AddressGuard) -> Transport:
        """The connections of feeds with this reach. Inside, none of them leads to the public."""
        pool = self._pools.get(reach)
        if pool is None:
            pool = self._pools[reach] = Transport(
                self.settings.user_agent,
                reach.without_public(),
                self._memory,
                self.settings.max_feed_size,
                self._limiter.back_off,
                self._lookups,
            )
            if self._is_open:
                pool.open()
        return pool


def _timed(answer: FetchResult, took_s: float, *, is_internal: bool) -> FetchResult:
    if isinstance(answer, NotModified):
        return replace(answer, took_s=took_s)
    return replace(answer, took_s=took_s, is_internal=is_internal)


def _conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers of a conditional GET; leaves out validators that are no valid header values."""
    found = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in found.items() if value and is_validator(value)}
