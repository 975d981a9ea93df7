"""Which addresses may be polled. Pure: nothing is looked up or connected to here.

A URL leaves here in the canonical form of `aggregator.urls`, so that the host that was checked is
the host that is connected to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from urllib.parse import quote

from yarl import URL

from aggregator.errors import AddressRefused, FetchError
from aggregator.networks import Address, Network, embedded_ipv4, is_public
from aggregator.types.limits import MAX_FEED_URL
from aggregator.urls import parse_href, split_href

STANDARD_PORTS = frozenset({80, 443})

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,40}):", re.ASCII)
# Host names that DNS can hold; the URL Standard allows longer ones and empty labels.
_NAME = re.compile(r"(?=.{1,254}$)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.ASCII)
_RAW_BYTES = re.compile(r"[\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Refuses everything but public addresses and `allow_networks`.

    The client's own guard holds the operator's networks. What a feed may reach is one that is
    `narrowed` to the networks which the feed itself is in: none of them for a public feed, whatever
    its redirects or its hub say. Without `allow_public`, only those networks are left.
    """

    allow_networks: tuple[Network, ...] = ()
    allow_public: bool = True

    def narrowed(self, addresses: Iterable[str | Address]) -> AddressGuard:
        """The guard of a feed at these addresses: its own networks, if it is nowhere else."""
        found = tuple(addresses)
        if not found or not all(self.is_allowed(address) for address in found):
            return PUBLIC_ONLY
        own = (
            network
            for network in self.allow_networks
            if any(AddressGuard((network,)).is_allowed(address) for address in found)
        )
        return AddressGuard(tuple(own))

    def without_public(self) -> AddressGuard:
        """The guard of connections into these networks, which a name may not lead out of."""
        return replace(self, allow_public=not self.allow_networks)

    def check_url(self, url: str) -> URL:
        """The parsed URL of a feed as the operator configured it.

        Raises `FetchError` "invalid_url", or `AddressRefused` for a literal address that may not be
        polled. Any port is allowed; credentials are not.
        """
        parsed = _parse(url, "invalid_url")
        self._check_literal(parsed)
        return parsed

    def check_redirect(self, here: URL, location: str) -> URL:
        """The target of the `Location` header of `here`.

        Raises `FetchError` "redirect", or `AddressRefused`. Checking the port is up to the caller,
        with `is_standard_port` and `narrowed`: for a name it takes a look-up.
        """
        parsed = _parse(location, "redirect", str(here))
        self._check_literal(parsed)
        return parsed

    def check_address(self, host: str, address: str | Address) -> None:
        """Raise `AddressRefused` if `host`, which resolved to `address`, may not be polled."""
        try:
            parsed = ip_address(address) if isinstance(address, str) else address
        except ValueError:
            raise AddressRefused(host, str(address)[:60]) from None
        if self.is_allowed(parsed):
            return
        if not self.allow_public:
            raise AddressRefused(host, str(parsed), "is not in the feed's own network")
        if not is_public(parsed):
            raise AddressRefused(host, str(parsed))

    def is_allowed(self, address: str | Address) -> bool:
        """Whether this address is in `allow_networks`."""
        if not self.allow_networks:
            return False
        outer = ip_address(address) if isinstance(address, str) else address
        forms = (outer, embedded_ipv4(outer) or outer)
        return any(form in network for form in forms for network in self.allow_networks)

    def _check_literal(self, url: URL) -> None:
        address = literal_address(url)
        if address is not None:
            self.check_address(str(address), address)


PUBLIC_ONLY = AddressGuard()


def literal_address(url: URL) -> Address | None:
    """The IP address in a checked URL, None if its host is a name."""
    host = url.raw_host or ""
    is_address = ":" in host or host.rpartition(".")[2].isdigit()
    return ip_address(host) if is_address else None


def is_standard_port(target: URL, first: URL) -> bool:
    """Whether a redirect of the configured URL `first` may go to this port on any host."""
    return target.port in STANDARD_PORTS or target.port == first.port


def _parse(text: str, kind: str, here: str = "") -> URL:
    """The canonical URL without its fragment; `kind` is that of the error."""
    text = _tidy(text, kind)
    if not here and not _SCHEME.match(text):
        raise FetchError(kind, "the address does not begin with http:// or https://")
    try:
        href = parse_href(_RAW_BYTES.sub(_percent_encode, text), here)
    except ValueError:
        raise FetchError(kind, "the address cannot be read") from None
    parts = split_href(href)
    if parts is None:
        raise FetchError(kind, f"only http and https are polled, not {href.partition(':')[0]}")
    if parts.credentials is not None:
        raise FetchError(kind, "addresses with a user name or password are not polled")
    if not parts.host.startswith("[") and not _NAME.fullmatch(parts.host):
        raise FetchError(kind, "the host name is wrong")
    if parts.port == 0:
        raise FetchError(kind, "the port is not a number from 1 to 65535")
    url = URL(href.partition("#")[0], encoded=True)
    if url.raw_host != parts.host.strip("[]"):
        raise FetchError(kind, "the host name is ambiguous")
    return url


def _tidy(text: str, kind: str) -> str:
    """The text without surrounding spaces. Refuses tabs and line breaks, which browsers drop."""
    text = text.strip(" ")
    if len(text) > MAX_FEED_URL:
        raise FetchError(kind, f"the address is longer than {MAX_FEED_URL:,} characters")
    if _CONTROL.search(text):
        raise FetchError(kind, "the address contains line breaks or control characters")
    return text


def _percent_encode(raw: re.Match[str]) -> str:
    """Percent-encode header bytes that are not UTF-8; ValueError for any other surrogate."""
    return quote(raw[0], errors="surrogateescape")
