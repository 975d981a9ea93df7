"""Connections that may not be slow for ever, nor take the room of others.

waitress closes a connection after 30 s without a byte; one byte every 29 s keeps it, and 800 of
them keep everybody else out. Here a request has a deadline, and whatever waits longest goes first
when room is short: idle connections, then half requests, then answers that nobody reads. A request
that is complete is never thrown out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any

from waitress.channel import HTTPChannel

from web.request.forwarded import UNIX_CLIENT, TrustedProxies

_TIMEOUT_ANSWER = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# A site's share of IPv6 is at least a /64: its single addresses cost nothing.
_IPV6_SHIFT = 64


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Seconds, bytes a second, and numbers of connections."""

    # From the first byte of a request to the end of its headers, or for the first byte at all.
    header_s: float = 10.0
    # For a body, besides what its bytes take at `bytes_per_s`.
    body_s: float = 20.0
    # For reading an answer, besides what its bytes take at `bytes_per_s`.
    answer_s: float = 30.0
    # Slower clients than a 2G phone are not served.
    bytes_per_s: int = 4096
    # Between two requests.
    idle_s: float = 30.0
    # Above that, the one that has waited longest makes room. 1024 files are a common limit.
    total: int = 700
    # The same for one address, unless it is a proxy's, through which all come.
    per_address: int = 100
    proxies: TrustedProxies = field(default_factory=TrustedProxies)

    def shares_address(self, address: str) -> bool:
        """Whether a client address stands for many visitors: behind a proxy, or a unix socket."""
        return address == UNIX_CLIENT or self.proxies.trusts(address)


class Connection(HTTPChannel):  # type: ignore[misc]  # waitress is not annotated
    """A connection that knows since when it has been waiting for its client."""

    limits = ConnectionLimits()

    # waitress' attributes, which are not annotated.
    server: Any
    addr: Any
    request: Any
    requests: list[Any]
    total_outbufs_len: int

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._is_new = True
        self._waiting_since = time.monotonic()
        self._request_since: float | None = None
        self._received_bytes = 0
        self._answer_since: float | None = None
        self._answer_bytes = 0
        self.client = client_of(self.addr)
        self.is_shared = self.limits.shares_address(str(self.addr[0]))
        make_room(self.server.active_channels.values(), self, self.limits)

    def received(self, data: bytes) -> bool:
        """Take bytes of a request, or of several."""
        before = self.request
        taken: bool = super().received(data)
        if self.request is None:
            self._request_since = None
        elif self.request is before:
            self._received_bytes += len(data)
        else:
            self._request_since, self._received_bytes = time.monotonic(), len(data)
        if self.requests:
            self._is_new = False
        return taken

    def observe(self, now: float) -> None:
        """Note whether it waits for its client, and since when."""
        pending = self.total_outbufs_len
        if self.requests:
            self._waiting_since, self._answer_since = now, None
            if self._request_since is not None:  # half of the next one is here already
                self._request_since = now
        elif not pending:
            if self._answer_since is not None:
                self._waiting_since = now
            self._answer_since, self._answer_bytes = None, 0
        elif self._answer_since is None:
            self._answer_since, self._answer_bytes = now, pending

    def is_overdue(self, now: float) -> bool:
        """Whether its client has had its time; call `observe` before."""
        limits = self.limits
        if self.requests:
            return False
        if self._answer_since is not None:
            allowed = limits.answer_s + self._answer_bytes / limits.bytes_per_s
            return now - self._answer_since > allowed
        if self._request_since is not None and self.request is not None:
            allowed = limits.header_s
            if self.request.headers_finished:
                allowed += limits.body_s + self._received_bytes / limits.bytes_per_s
            return now - self._request_since > allowed
        return now - self._waiting_since > (limits.header_s if self._is_new else limits.idle_s)

    @property
    def priority(self) -> tuple[int, float]:
        """The lowest is closed first where room is short."""
        if self.requests:
            return 3, 0.0
        if self._answer_since is not None or self.total_outbufs_len:
            return 2, self._answer_since or time.monotonic()
        if self._request_since is not None:
            return 1, self._request_since
        return 0, self._waiting_since

    def end(self) -> None:
        """Close it at once, from the server's own thread only."""
        if self.request is not None and not self.requests and not self.total_outbufs_len:
            with suppress(OSError):  # nobody may be left to hear it
                self.socket.send(_TIMEOUT_ANSWER)
        self.handle_close()


def close_overdue(connections: Iterable[Connection], now: float) -> None:
    """Close those whose clients have had their time; `now` is monotonic."""
    for connection in list(connections):
        connection.observe(now)
        if connection.is_overdue(now):
            connection.end()


def make_room(connections: Iterable[Connection], new: Connection, limits: ConnectionLimits) -> None:
    """Close one connection if `new` is one too many, of its address or of all.

    Of all, it is one of the address that has most. A complete request is never closed.
    """
    others = [each for each in connections if each is not new]
    same = [each for each in others if each.client == new.client and not new.is_shared]
    if len(same) >= limits.per_address:
        _close_first(same)
    elif len(others) >= limits.total:
        _close_first(_of_largest_client(others) or others)


def _of_largest_client(connections: Iterable[Connection]) -> list[Connection]:
    """The connections of the address that has most, if one can be closed; proxies do not count."""
    single = [each for each in connections if not each.is_shared]
    if not single:
        return []
    (most, _), *_rest = Counter(each.client for each in single).most_common(1)
    largest = [each for each in single if each.client == most]
    return largest if any(not each.requests for each in largest) else []


def _close_first(connections: Iterable[Connection]) -> None:
    first = min(connections, key=lambda each: each.priority)
    if not first.requests:
        first.end()


def client_of(address: Any) -> str:
    """Who is at a socket address: an IPv4 address, a /64 of IPv6, or the address as it is."""
    host = str(address[0]) if isinstance(address, tuple) else str(address)
    try:
        parsed = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(parsed, IPv6Address):
        return host
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{int(parsed) >> _IPV6_SHIFT:x}::/64"
