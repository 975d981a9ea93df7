"""Fetches feeds over HTTP, one asyncio loop for all of them (the only aiohttp import)."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Awaitable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from aggregator.errors import FetchError
from aggregator.fetch.body import Body, too_large
from aggregator.fetch.caching import hints, is_validator
from aggregator.fetch.guard import USUAL_PORTS, AddressGuard, Network, is_usual_port, literal
from aggregator.fetch.links import hub_and_self
from aggregator.fetch.memory import Memory, Share
from aggregator.fetch.places import HostKey, Pause, Places
from aggregator.fetch.status import plain, status_error
from aggregator.types import Fetched, FetchResult, NotModified

MAX_REDIRECTS = 10
MAX_FORM_REDIRECTS = 3
MAX_HEADER = 256 * 1024
DNS_CACHE_S = 60
DNS_THREADS = 32
KEEP_ALIVE_S = 5
"""Longer would only collect sockets: the next poll of a host is minutes away."""
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_SAME_REQUEST = frozenset({307, 308})
_QUOTED = re.compile(r":?\s*(?:\n|b['\"]|bytearray)")
_ERRORS = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError)


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
    """May be polled though they are private; hosts there need no gap either."""


@dataclass(frozen=True, slots=True)
class _Redirect:
    status: int
    location: str


class FeedClient:
    """An async context manager around one connection pool; `fetch` may run many times at once."""

    def __init__(self, settings: ClientSettings, resolver: AbstractResolver | None = None) -> None:
        self.settings = settings
        self.guard = AddressGuard(settings.allow_networks)
        self._lookups = resolver
        self._places = Places(settings.concurrency, settings.per_host, settings.gap_s)
        self._memory = Memory(settings.memory)
        self._session: aiohttp.ClientSession | None = None
        self._resolver: GuardedResolver | None = None

    async def __aenter__(self) -> Self:
        self._resolver = GuardedResolver(self.guard, self._lookups or SystemResolver())
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                ttl_dns_cache=DNS_CACHE_S,
                limit=0,
                keepalive_timeout=KEEP_ALIVE_S,
                socket_factory=self._open_socket,
            ),
            headers={
                "User-Agent": self.settings.user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip, deflate, br",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            auto_decompress=False,
            trust_env=False,
            max_line_size=MAX_HEADER,
            max_field_size=MAX_HEADER,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        if self._resolver is not None:
            await self._resolver.close()

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResult:
        """Poll `url`, with the validators of the last good answer if there was one.

        Raises `FetchError`, with one of `FETCH_KINDS`, for whatever goes wrong, and nothing else;
        `HostHeld` where the host asked to be left alone and was. Whoever gets a `Fetched` calls its
        `release`.
        """
        return await self._named(self._follow(url, _conditions(etag, last_modified)))

    async def post_form(self, url: str, fields: Mapping[str, str]) -> int:
        """Send a form, with the guard and the deadline of `fetch`; the status, 200 to 299.

        `url` is as little trusted as a redirect's: it has a usual port. Redirects are followed
        where they keep the request (307, 308). Raises `FetchError`.
        """
        return await self._named(self._post_and_follow(url, fields))

    async def _named(self, work: Awaitable[T]) -> T:
        """What `work` comes to, whatever goes wrong as a `FetchError`."""
        try:
            return await work
        except TimeoutError as error:
            detail = f"no complete answer within {self.settings.timeout_s:g} s"
            raise FetchError("timeout", detail) from error
        except _ERRORS as error:
            raise _as_fetch_error(error) from error

    async def _follow(self, url: str, conditions: dict[str, str]) -> FetchResult:
        """Ask, and go where redirects lead."""
        first = here = self.guard.check_url(url)
        permanent: URL | None = None
        unbroken = True
        seen = {here}
        left_s = self.settings.timeout_s
        clock = asyncio.get_running_loop().time
        for _ in range(MAX_REDIRECTS + 1):
            async with self._places.take(_key(here), in_a_row=self._is_ours(here)) as place:
                began = clock()
                async with asyncio.timeout(left_s) as deadline:
                    pause = Pause(place, deadline)
                    answer = await self._ask(here, conditions, permanent, pause)
                    if not isinstance(answer, _Redirect):
                        took_s = self.settings.timeout_s - left_s + clock() - began
                        return replace(answer, took_s=took_s)
                    here = await self._next(first, here, answer)
                left_s -= clock() - began
            unbroken = unbroken and answer.status in _PERMANENT
            permanent = here if unbroken else permanent
            if here in seen:
                raise FetchError("redirect", "the redirects lead in a circle")
            seen.add(here)
        raise FetchError("redirect", f"more than {MAX_REDIRECTS} redirects")

    async def _post_and_follow(self, url: str, fields: Mapping[str, str]) -> int:
        here = self.guard.check_url(url)
        if here.port not in USUAL_PORTS and not await self._is_allowed(here):
            raise FetchError("invalid_url", f"the address has the unusual port {here.port}")
        first, left_s = here, self.settings.timeout_s
        clock = asyncio.get_running_loop().time
        for _ in range(MAX_FORM_REDIRECTS + 1):
            async with self._places.take(_key(here), in_a_row=self._is_ours(here)):
                began = clock()
                async with asyncio.timeout(left_s):
                    answer = await self._post(here, fields)
                    if isinstance(answer, int):
                        return answer
                    here = await self._next(first, here, answer)
                left_s -= clock() - began
        raise FetchError("redirect", f"more than {MAX_FORM_REDIRECTS} redirects")

    async def _post(self, here: URL, fields: Mapping[str, str]) -> int | _Redirect:
        """One request and its status; the body of the answer is not read."""
        if self._session is None:
            raise FetchError("connection", "the client is closed")
        async with self._session.post(here, data=fields, allow_redirects=False) as response:
            if response.status in _SAME_REQUEST:
                return _Redirect(response.status, _location(response))
            if not 200 <= response.status <= 299:
                raise self._refused(here, response, datetime.now(UTC))
            return response.status

    def _is_ours(self, url: URL) -> bool:
        """Whether a host can be seen, without a look-up, to be in the operator's own networks."""
        name = url.raw_host or ""
        is_loopback = name == "localhost" or name.endswith(".localhost")  # RFC 6761, section 6.3
        address = "127.0.0.1" if is_loopback else literal(url)
        return address is not None and self.guard.is_allowed(address)

    async def _next(self, first: URL, here: URL, redirect: _Redirect) -> URL:
        """The checked target of a redirect."""
        target = self.guard.check_redirect(here, redirect.location)
        if not is_usual_port(target, first) and not await self._is_allowed(target):
            raise FetchError("redirect", f"the redirect leads to the unusual port {target.port}")
        return target

    async def _is_allowed(self, target: URL) -> bool:
        """Whether all of the target is in the networks that the operator allows."""
        if not self.guard.allow_networks or self._resolver is None:
            return False
        address = literal(target)
        if address is not None:
            return self.guard.is_allowed(address)
        found = await self._resolver.resolve(target.raw_host or "", target.port or 0)
        return all(self.guard.is_allowed(result["host"]) for result in found)

    async def _ask(
        self, here: URL, conditions: dict[str, str], permanent: URL | None, pause: Pause
    ) -> FetchResult | _Redirect:
        """One request and what it came to; the redirects before it led to `permanent`."""
        if self._session is None:
            raise FetchError("connection", "the client is closed")
        moved = str(permanent) if permanent is not None else None
        async with self._session.get(here, headers=conditions, allow_redirects=False) as response:
            now = datetime.now(UTC)
            if response.status == 304 and conditions:
                return NotModified(hints(response.headers, now), moved)
            if response.status in _REDIRECTS:
                return _Redirect(response.status, _location(response))
            if response.status != 200:
                raise self._refused(here, response, now)
            share = Share(self._memory)
            body = await self._read(response, share, pause)
            hub_url, self_url = hub_and_self(response.headers.getall("Link", ()), str(here))
            return Fetched(
                url=str(here),
                body=body,
                content_type=plain(response.headers.get("Content-Type", "")),
                hints=hints(response.headers, now),
                permanent_url=moved,
                hub_url=hub_url,
                self_url=self_url,
                release=share.release,
            )

    def _refused(self, here: URL, response: aiohttp.ClientResponse, now: datetime) -> FetchError:
        """The error of an answer; a host that has enough of us gets no request until it says."""
        key = _key(here)
        error = status_error(
            response.status,
            response.reason,
            response.headers.get("Retry-After"),
            now,
            f"{key[0]}:{key[1]}",
        )
        if error.authority and error.retry_after:
            self._places.hold(key, error.retry_after)
        return error

    async def _read(self, response: aiohttp.ClientResponse, share: Share, pause: Pause) -> bytes:
        """The decoded body; "empty", "too_large" or "bad_response" if there is none to be had."""
        cap = self.settings.max_feed_size
        if (response.content_length or 0) > cap:
            raise too_large(cap)
        body = Body(",".join(response.headers.getall("Content-Encoding", ())), cap)
        try:
            async for data in response.content.iter_any():
                for size in body.steps(data):
                    if not share.grow(size):
                        await pause.during(share.wait)
            decoded = body.finish()
            if not decoded:
                raise FetchError("empty", "the answer has no body", status=200)
        except BaseException:
            share.release()
            raise
        return decoded

    def _open_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """The last lock: whatever address is connected to has been checked."""
        family, kind, protocol, _, address = info
        self.guard.check_address("the host", str(address[0]))
        return socket.socket(family, kind, protocol)


def _key(url: URL) -> HostKey:
    return url.raw_host or "", url.port or 0


class GuardedResolver(AbstractResolver):
    """Hands on only names all of whose addresses may be polled, as the addresses it checked."""

    def __init__(self, guard: AddressGuard, lookups: AbstractResolver) -> None:
        self._guard = guard
        self._lookups = lookups

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`; raises OSError, or `AddressRefused` if any one is private."""
        found = await self._lookups.resolve(host, port, family)
        if not found:
            raise OSError(f"{host} has no address")
        for result in found:
            self._guard.check_address(host, result["host"])
        return found

    async def close(self) -> None:
        """Release what the look-ups hold."""
        await self._lookups.close()


class SystemResolver(AbstractResolver):
    """The system's look-ups in threads of their own, so that dead names delay no other work."""

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
        """Let the threads end; look-ups under way are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(
    host: str, port: int, family: int
) -> Sequence[tuple[int, int, int, str, tuple[Any, ...]]]:
    return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


def _conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers of a conditional GET; validators that cannot stand in a header are left out."""
    found = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in found.items() if value and is_validator(value)}


def _location(response: aiohttp.ClientResponse) -> str:
    location = response.headers.get("Location", "")
    if not location.strip():
        detail = f"HTTP {response.status} does not say where to"
        raise FetchError("bad_response", detail, status=response.status)
    return location


# The first row that fits counts.
_KINDS: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (aiohttp.ClientConnectorDNSError, socket.gaierror),
        "dns",
        "the host name cannot be resolved",
    ),
    (
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError),
        "tls",
        "no secure connection",
    ),
    ((aiohttp.InvalidURL,), "invalid_url", "the address cannot be used"),
    ((aiohttp.ServerDisconnectedError,), "connection", "the server hung up without an answer"),
    ((aiohttp.ClientConnectionError, OSError), "connection", "the connection failed"),
    ((aiohttp.ClientPayloadError,), "bad_response", "the answer is cut off or malformed"),
    ((Exception,), "bad_response", "the answer is not proper HTTP"),
)


def _as_fetch_error(error: Exception) -> FetchError:
    """The kind of what aiohttp, ssl, the system or a codec raised."""
    kind, detail = next(
        (kind, detail) for types, kind, detail in _KINDS if isinstance(error, types)
    )
    reason = _reason(error)
    return FetchError(kind, plain(f"{detail}: {reason}" if reason else detail))


def _reason(error: Exception) -> str:
    """What is known beyond the kind, without the raw bytes that aiohttp quotes."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message
    if isinstance(cause, ssl.SSLError):
        return (cause.reason or "").replace("_", " ").lower()
    if isinstance(cause, OSError):
        return os.strerror(cause.errno) if cause.errno and cause.errno > 0 else cause.strerror or ""
    if isinstance(cause, (aiohttp.ClientResponseError, HttpProcessingError)):
        return _QUOTED.split(cause.message)[0]
    return ""
