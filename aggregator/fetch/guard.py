"""Which addresses may be polled: pure, no name is looked up and nothing is connected to here.

Addresses are read as the URL Standard (https://url.spec.whatwg.org/#host-parsing) reads them,
so that what is checked is what a browser, and the C library, would connect to.
"""

from __future__ import annotations

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from urllib.parse import quote, unquote_to_bytes, urljoin

from yarl import URL

from aggregator.errors import AddressRefused, FetchError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL = 8_000
STANDARD_PORTS = frozenset({80, 443})

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,40}):", re.ASCII)
_SLASHES = re.compile(r"[/\\]{2,}")
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_PORT = re.compile(r"[0-9]{0,5}", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9/?:@!$&()*+,;=._~%\[\]|^-]*", re.ASCII)
_KEPT = "/?:@!$&'()*+,;=~%[]|^"
"""Characters that a browser leaves alone in paths and queries, besides letters and digits."""

# https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast. 192.0.0.0/24 whole:
# its two public anycast addresses are no publishers.
_SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# https://www.iana.org/assignments/iana-ipv6-special-registry: only 2000::/3 is given out to the
# public at all, and these parts of it are special.
_PUBLIC_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20")
)
_SIX_TO_FOUR = IPv6Network("2002::/16")
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressGuard:
    """Refuses everything but public addresses and the operator's `allow_networks`."""

    def __init__(self, allow_networks: tuple[Network, ...] = ()) -> None:
        self.allow_networks = allow_networks

    def check_url(self, url: str) -> URL:
        """The parsed address of a feed as the operator configured it.

        Raises `FetchError` "invalid_url", or `AddressRefused` if its host is a literal address
        that is not polled. Any port may be given; credentials may not.
        """
        parsed = _parse(url, "invalid_url")
        self._check_literal(parsed)
        return parsed

    def check_redirect(self, here: URL, location: str) -> URL:
        """Where the `Location` header of `here` leads.

        Raises `FetchError` "redirect", or `AddressRefused`. The port is the caller's to check,
        with `is_standard_port` and `is_allowed`: for a name it takes a look-up.
        """
        parsed = _parse(_join(here, location), "redirect")
        self._check_literal(parsed)
        return parsed

    def check_address(self, host: str, address: str | Address) -> None:
        """Raise `AddressRefused` if `host`, which resolved to `address`, may not be polled."""
        try:
            parsed = ip_address(address) if isinstance(address, str) else address
        except ValueError:
            raise AddressRefused(host, str(address)[:60]) from None
        if not (is_public(parsed) or self.is_allowed(parsed)):
            raise AddressRefused(host, str(parsed))

    def is_allowed(self, address: str | Address) -> bool:
        """Whether the operator's `allow_networks` name this address."""
        if not self.allow_networks:
            return False
        outer = ip_address(address) if isinstance(address, str) else address
        forms = (outer, _embedded(outer) or outer)
        return any(form in network for form in forms for network in self.allow_networks)

    def _check_literal(self, url: URL) -> None:
        address = literal_address(url)
        if address is not None:
            self.check_address(str(address), address)


def literal_address(url: URL) -> Address | None:
    """The address that stands in a checked URL itself, None where a name does."""
    host = url.raw_host or ""
    is_address = ":" in host or host.rpartition(".")[2].isdigit()
    return ip_address(host) if is_address else None


def is_standard_port(target: URL, first: URL) -> bool:
    """Whether a redirect from the configured address `first` may go to this port anywhere."""
    return target.port in STANDARD_PORTS or target.port == first.port


def is_public(address: Address) -> bool:
    """Whether a publisher can be there: globally reachable, unicast, not special in any form."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _SPECIAL_V4)
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    return (
        address in _PUBLIC_V6
        and address.is_global
        and not any(address in network for network in _SPECIAL_V6)
    )


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end up at (Teredo is refused whole)."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _parse(text: str, kind: str) -> URL:
    """A URL in its one canonical form, without fragment; `kind` is that of the error."""
    text = _tidy(text, kind)
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise FetchError(kind, "the address does not begin with http:// or https://")
    name = scheme[1].lower()
    if name not in ("http", "https"):
        raise FetchError(kind, f"only http and https are polled, not {name}")
    head, mark, query = _split_query(text[scheme.end() :])
    authority, _, path = head.replace("\\", "/").lstrip("/").partition("/")
    host, port = _split_authority(authority, kind)
    shown_port = "" if port in (None, 80 if name == "http" else 443) else f":{port}"
    canonical = f"{name}://{host}{shown_port}/{_quoted(path)}{mark}{_quoted(query)}"
    try:
        return URL(canonical, encoded=True)
    except ValueError:
        raise FetchError(kind, "the address cannot be read") from None


def _tidy(text: str, kind: str) -> str:
    """The text without surrounding spaces. Browsers drop tabs and line breaks inside; we refuse."""
    text = text.strip(" ")
    if len(text) > MAX_URL:
        raise FetchError(kind, f"the address is longer than {MAX_URL:,} characters")
    if _CONTROL.search(text):
        raise FetchError(kind, "the address contains line breaks or control characters")
    return text


def _split_query(text: str) -> tuple[str, str, str]:
    """(what is before the query, "?" or "", the query), the fragment dropped."""
    return text.partition("#")[0].partition("?")


def _join(here: URL, location: str) -> str:
    """`location` made absolute, with the freedoms that browsers allow it."""
    location = _tidy(location, "redirect")
    if _SCHEME.match(location):
        return location
    head, mark, query = _split_query(location)
    head = head.replace("\\", "/")
    if _SLASHES.match(head):
        return f"{here.scheme}:{head}{mark}{query}"
    try:
        return urljoin(str(here), head + mark + query)
    except ValueError:
        raise FetchError("redirect", "the redirect's address cannot be read") from None


def _split_authority(authority: str, kind: str) -> tuple[str, int | None]:
    """(canonical host, port or None) of the part between the slashes."""
    if "@" in authority:
        raise FetchError(kind, "addresses with a user name or password are not polled")
    if authority.startswith("["):
        inside, bracket, rest = authority[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise FetchError(kind, "the IPv6 address is not closed")
        host, port = _ipv6(inside, kind), rest[1:]
    else:
        name, _, port = authority.partition(":")
        host = _host(name, kind)
    if not _PORT.fullmatch(port) or (port and not 0 < int(port) < 65_536):
        raise FetchError(kind, "the port is not a number from 1 to 65535")
    return host, int(port) if port else None


def _ipv6(text: str, kind: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise FetchError(kind, "the IPv6 address cannot be read") from None
    if address.scope_id is not None:
        raise AddressRefused("the IPv6 address", "bound to a network interface")
    return f"[{address}]"


def _host(name: str, kind: str) -> str:
    """A host name in ASCII and lower case, a number in any notation as a dotted IPv4 address."""
    host = name
    try:
        if "%" in host:
            host = unquote_to_bytes(host).decode()
        if not host.isascii():
            host = URL.build(scheme="http", host=host).raw_host or ""
    except ValueError:
        raise FetchError(kind, "the host name cannot be read") from None
    host = host.lower()
    if len(host) > 254 or not _NAME.fullmatch(host):
        raise FetchError(kind, "the address has no host" if not host else "the host name is wrong")
    labels = host.removesuffix(".").split(".")
    return str(_ipv4(labels, kind)) if _NUMBER.fullmatch(labels[-1]) else host


def _ipv4(labels: list[str], kind: str) -> IPv4Address:
    """Up to four numbers, decimal, octal or hexadecimal; the last fills what is left."""
    try:
        numbers = [_number(label) for label in labels]
        *bytes_, last = numbers
        if len(bytes_) > 3 or any(number > 255 for number in bytes_):
            raise ValueError(labels)
        value = sum(number << 8 * (3 - place) for place, number in enumerate(bytes_))
        if last >= 256 ** (4 - len(bytes_)):
            raise ValueError(labels)
        return IPv4Address(value + last)
    except ValueError:
        raise FetchError(kind, "the IPv4 address cannot be read") from None


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or len(text) > 40:
        raise ValueError(text)
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)


def _quoted(text: str) -> str:
    """Percent-encode what may not stand in a request line; what is encoded stays as it is."""
    if _PLAIN.fullmatch(text):
        return text
    return quote(text, safe=_KEPT, errors="surrogateescape")
