"""What reverse proxies say about a request: who sent it, by which scheme and to which host.

Each proxy appends the address that connected to it. So the lists are read from their end, for as
long as each address is that of a proxy we trust; whatever stands before the first that is not was
written by the client, who may write anything. X-Forwarded-* is what proxies commonly set; Forwarded
(RFC 7239) counts only without X-Forwarded-For, because a proxy that sets one passes on the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aggregator.config.values import UNIX_PROXY

# The address that waitress gives clients of a unix socket.
UNIX_CLIENT = "localhost"
# Where a request that a trusted proxy handed on keeps what it replaced, as Werkzeug names it.
ORIGINAL = "werkzeug.proxy_fix.orig"

_IPV4_WITH_PORT = re.compile(r"([0-9.]+):\d+")
_BRACKETED = re.compile(r"\[([^\]]*)\](?::\d+)?")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
# A parameter of Forwarded: a token, and a token or a quoted string.
_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",;\s]*))\s*([,;]|$)')

_Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address


class TrustedProxies:
    """The proxies whose word counts: addresses, networks, and "unix" for those of the socket."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        names = tuple(names)
        self._unix = UNIX_PROXY in names
        self._networks: list[_Network] = [ip_network(each) for each in names if each != UNIX_PROXY]

    def __bool__(self) -> bool:
        return self._unix or bool(self._networks)

    def trusts(self, address: str) -> bool:
        """Whether a proxy is at an address."""
        if address == UNIX_CLIENT:
            return self._unix
        parsed = parse_address(address)
        return parsed is not None and any(parsed in network for network in self._networks)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from, as far as proxies that are trusted say so."""

    address: str
    scheme: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class _Hop:
    """What one proxy says about who connected to it."""

    node: str = ""
    scheme: str = ""
    host: str = ""


def find_origin(peer: str, headers: Mapping[str, str], proxies: TrustedProxies) -> Origin:
    """Who sent a request that `peer`, a trusted proxy, handed on; `headers` in lower case.

    A name that is no address ("unknown", or one that a proxy made up) ends the way: the last
    address counts.
    """
    hops = _hops(headers)
    address, passed = peer, 0
    for hop in reversed(hops):
        parsed = parse_address(hop.node)
        if parsed is None:
            break
        address, passed = str(parsed), passed + 1
        if not proxies.trusts(address):
            break
    told = hops[-max(passed, 1) :]
    scheme = next((hop.scheme for hop in told if hop.scheme in ("http", "https")), "")
    host = next((hop.host for hop in told if _HOST.fullmatch(hop.host)), "")
    return Origin(address, scheme, host)


def parse_address(text: str) -> _Address | None:
    """An address as proxies write it, with a port or without; None if it is none."""
    found = _BRACKETED.fullmatch(text) or _IPV4_WITH_PORT.fullmatch(text)
    try:
        parsed = ip_address((found[1] if found else text).partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


def _hops(headers: Mapping[str, str]) -> Sequence[_Hop]:
    """What each proxy said, the nearest last."""
    if "x-forwarded-for" not in headers and "forwarded" in headers:
        return _parse_forwarded(headers["forwarded"])
    nodes, schemes, hosts = (
        _parse_list(headers.get(f"x-forwarded-{name}", "")) for name in ("for", "proto", "host")
    )
    count = max(len(nodes), len(schemes), len(hosts))
    columns = (_fill(nodes, count), _fill(schemes, count), _fill(hosts, count))
    return [_Hop(node, scheme.lower(), host) for node, scheme, host in zip(*columns, strict=True)]


def _parse_list(value: str) -> list[str]:
    return [each.strip() for each in value.split(",")] if value.strip() else []


def _fill(values: list[str], count: int) -> list[str]:
    """`values` as those of the nearest proxies."""
    return [""] * (count - len(values)) + values


def _parse_forwarded(value: str) -> list[_Hop]:
    """The elements of a Forwarded header; none if anything in it is malformed."""
    hops, position = [_Hop()], 0
    while position < len(value):
        found = _PAIR.match(value, position)
        if found is None:
            return []
        name, quoted, token, end = found.groups()
        text = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        hops[-1] = _with(hops[-1], name.lower(), text)
        position = found.end()
        if end == ",":
            hops.append(_Hop())
    return hops


def _with(hop: _Hop, name: str, value: str) -> _Hop:
    if name == "for":
        return _Hop(value, hop.scheme, hop.host)
    if name == "proto":
        return _Hop(hop.node, value.lower(), hop.host)
    return _Hop(hop.node, hop.scheme, value) if name == "host" else hop
