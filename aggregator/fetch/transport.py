"""Send single requests and read their answers: all that knows aiohttp's client."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from aggregator.errors import FetchError
from aggregator.fetch.body import BodyDecoder, too_large
from aggregator.fetch.caching import cache_hints, http_date
from aggregator.fetch.challenge import PAGE_HEAD, challenger
from aggregator.fetch.guard import AddressGuard
from aggregator.fetch.host_limiter import DeadlinePause, HostKey
from aggregator.fetch.link_header import hub_and_self
from aggregator.fetch.lookups import GuardedResolver, Resolver
from aggregator.fetch.memory_budget import MemoryBudget, MemoryReservation
from aggregator.fetch.status import plain, status_error
from aggregator.types import FetchedFeed, FetchResult, NotModified

MAX_HEADER = 256 * 1024
# Longer would only collect sockets: the next poll of a host is minutes away.
KEEP_ALIVE_S = 5
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
# Errors that `as_fetch_error` translates.
TRANSPORT_ERRORS = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError)

# Maximum wait for the page that explains a refusal.
PAGE_TIMEOUT_S = 2.0

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAME_REQUEST = frozenset({307, 308})
# Refusals that say all there is to say.
_PLAIN_REFUSALS = frozenset({404, 410})
_QUOTED = re.compile(r":?\s*(?:\n|b['\"]|bytearray)")


@dataclass(frozen=True, slots=True)
class Redirect:
    """An answer that sends us elsewhere; `location` has not been checked."""

    status: int
    location: str
    set_cookie: tuple[str, ...] = ()
    """The values of its Set-Cookie headers."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to a service that the operator named: POST with a body, GET without one."""

    url: str
    headers: Mapping[str, str]
    body: str | None = None


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The answer to an `HttpRequest`, its body decoded."""

    status: int
    body: bytes


class Transport:
    """A connection pool, from `open` to `close`; connects only where `guard` allows.

    `max_feed_size`: decoded bytes of one document. `hold` is called with a host that asks to be
    left alone, and for how long.
    """

    def __init__(
        self,
        user_agent: str,
        guard: AddressGuard,
        memory: MemoryBudget,
        max_feed_size: int,
        hold: Callable[[HostKey, timedelta], None],
        lookups: Resolver,
    ) -> None:
        self._user_agent = user_agent
        self._guard = guard
        self._memory = memory
        self._max_feed_size = max_feed_size
        self._hold = hold
        self._lookups = lookups
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Create the pool; needs a running loop."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=GuardedResolver(self._guard, self._lookups),
                use_dns_cache=False,  # `lookups` has one, so that what was checked is connected to
                limit=0,
                keepalive_timeout=KEEP_ALIVE_S,
                socket_factory=self._open_socket,
            ),
            headers={
                "User-Agent": self._user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip, deflate, br, zstd",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            auto_decompress=False,
            trust_env=False,
            max_line_size=MAX_HEADER,
            max_field_size=MAX_HEADER,
        )

    async def close(self) -> None:
        """Close the pool and abort its requests."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def get(
        self,
        here: URL,
        conditions: dict[str, str],
        permanent: URL | None,
        pause: DeadlinePause,
        cookie: str = "",
    ) -> FetchResult | Redirect:
        """Send one request; `permanent` is where permanent redirects have led so far.

        Any answer of success (200 to 299) with a body may be a feed.
        """
        moved = str(permanent) if permanent is not None else None
        session = self._open_session()
        headers = conditions | {"Cookie": cookie} if cookie else conditions
        async with session.get(here, headers=headers, allow_redirects=False) as response:
            now = datetime.now(UTC)
            if response.status == 304 and conditions:
                return NotModified(cache_hints(response.headers, now), moved)
            if response.status in _REDIRECTS:
                cookies = tuple(response.headers.getall("Set-Cookie", ()))
                return Redirect(response.status, _location(response), cookies)
            if not 200 <= response.status <= 299:
                head = await self._read_head(response)
                raise self._refused(here, response, now, head)
            share = MemoryReservation(self._memory)
            body = await self._read(response, share, pause)
            if service := challenger(response.status, response.headers, body):
                share.release()
                raise _challenged(service, response.status)
            hub_url, self_url = hub_and_self(response.headers.getall("Link", ()), str(here))
            return FetchedFeed(
                url=str(here),
                body=body,
                content_type=plain(response.headers.get("Content-Type", "")),
                hints=cache_hints(response.headers, now),
                permanent_url=moved,
                hub_url=hub_url,
                self_url=self_url,
                release=share.release,
            )

    async def post(self, here: URL, fields: Mapping[str, str]) -> int | Redirect:
        """Send one form and return its status; the body of the answer is not read."""
        session = self._open_session()
        async with session.post(here, data=fields, allow_redirects=False) as response:
            if response.status in _SAME_REQUEST:
                return Redirect(response.status, _location(response))
            if not 200 <= response.status <= 299:
                raise self._refused(here, response, datetime.now(UTC))
            return response.status

    async def exchange(self, here: URL, request: HttpRequest) -> HttpAnswer:
        """Send one request and read its answer, whatever its status; follows no redirect."""
        session = self._open_session()
        method = "GET" if request.body is None else "POST"
        async with session.request(
            method, here, headers=request.headers, data=request.body, allow_redirects=False
        ) as response:
            body = _decoder(response, self._max_feed_size)
            async for data in response.content.iter_any():
                body.feed(data)
            return HttpAnswer(response.status, body.finish())

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise FetchError("connection", "the client is closed")
        return self._session

    def _refused(
        self, here: URL, response: aiohttp.ClientResponse, now: datetime, head: bytes = b""
    ) -> FetchError:
        """The error of an answer whose body begins with `head`; backs off from a host if asked."""
        key = host_key(here)
        error = status_error(
            response.status,
            response.reason,
            response.headers.get("Retry-After"),
            http_date(response.headers.get("Date")) or now,  # our clock may be wrong
            f"{key[0]}:{key[1]}",
        )
        if error.authority and error.retry_after:
            self._hold(key, error.retry_after)
        if service := challenger(response.status, response.headers, head):
            return _challenged(service, response.status, error.retry_after, error.authority)
        return error

    async def _read_head(self, response: aiohttp.ClientResponse) -> bytes:
        """The beginning of the page that explains a refusal, as much as can be had of it."""
        if response.status in _PLAIN_REFUSALS:
            return b""
        head = b""
        with suppress(FetchError, TimeoutError, *TRANSPORT_ERRORS):
            body = _decoder(response, self._max_feed_size)
            async with asyncio.timeout(PAGE_TIMEOUT_S):
                async for data in response.content.iter_any():
                    for size in body.feed_chunks(data):
                        head = body.head()
                        if size >= PAGE_HEAD:
                            return head
        return head

    async def _read(
        self, response: aiohttp.ClientResponse, share: MemoryReservation, pause: DeadlinePause
    ) -> bytes:
        """The decoded body; raises "empty", "too_large" or "bad_response"."""
        cap = self._max_feed_size
        if (response.content_length or 0) > cap:
            raise too_large(cap)
        body = _decoder(response, cap)
        try:
            async for data in response.content.iter_any():
                for size in body.feed_chunks(data):
                    if not share.grow(size):
                        await pause.wait_for(share.wait)
            decoded = body.finish()
            if not decoded:
                raise FetchError("empty", "the answer has no body", status=response.status)
        except BaseException:
            share.release()
            raise
        return decoded

    def _open_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """The last check: nothing is connected to whose address was not checked."""
        family, kind, protocol, _, address = info
        self._guard.check_address("the host", str(address[0]))
        return socket.socket(family, kind, protocol)


def _decoder(response: aiohttp.ClientResponse, cap: int) -> BodyDecoder:
    return BodyDecoder(",".join(response.headers.getall("Content-Encoding", ())), cap)


def host_key(url: URL) -> HostKey:
    """Host and port of a request."""
    return url.raw_host or "", url.port or 0


def _challenged(
    service: str, status: int, wait: timedelta | None = None, authority: str = ""
) -> FetchError:
    return FetchError(
        "challenge",
        f"the publisher asks for a human ({service})",
        status=status,
        retry_after=wait,
        authority=authority,
    )


def _location(response: aiohttp.ClientResponse) -> str:
    location = response.headers.get("Location", "")
    if not location.strip():
        detail = f"HTTP {response.status} does not say where to"
        raise FetchError("bad_response", detail, status=response.status)
    return location


# The first matching row counts.
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


def as_fetch_error(error: Exception) -> FetchError:
    """The `FetchError` for what aiohttp, ssl, the system or a codec raised."""
    kind, detail = next(
        (kind, detail) for types, kind, detail in _KINDS if isinstance(error, types)
    )
    reason = _reason(error)
    return FetchError(kind, plain(f"{detail}: {reason}" if reason else detail))


def _reason(error: Exception) -> str:
    """What the error says beyond its kind, without the raw bytes that aiohttp quotes."""
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
