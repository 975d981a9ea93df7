"""Which addresses and host names are public. Pure: nothing is looked up.

The one place that knows: what may be polled (`fetch.guard`) and what a publisher's page may lead
to (`process.html.links`) follow the same tables.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

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

# Names of this machine or network: RFC 6761, RFC 6762, RFC 8375, ICANN's .internal, and what
# routers and offices use.
_LOCAL_NAMES = (
    "localhost", "local", "localdomain", "internal", "intranet", "private", "lan", "home", "corp",
    "home.arpa",
)  # fmt: skip
# RFC 2606 and RFC 7686: nobody resolves these, but they lead into no network either.
_UNRESOLVABLE_NAMES = ("test", "example", "invalid", "onion")
_HOST = re.compile(r"https?://(\[[^\]]*\]|[^/:?#]*)")
# Nearly every URL ends its host name like this, and needs no closer look.
_ORDINARY = re.compile(
    r"https?://[^/:?#\[]*\.(?!(?:localhost|local|localdomain|internal|intranet|private|lan|home|corp"
    r"|arpa)\b)[a-z]{2,}[/:?#]"
)


def is_public(address: Address) -> bool:
    """Whether a publisher can be there: globally reachable, unicast, not special in any form."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _SPECIAL_V4)
    inner = embedded_ipv4(address)
    if inner is not None:
        return is_public(inner)
    return (
        address in _PUBLIC_V6
        and address.is_global
        and not any(address in network for network in _SPECIAL_V6)
    )


def embedded_ipv4(address: Address) -> IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end up at (Teredo is refused entirely)."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def is_public_name(host: str) -> bool:
    """Whether a remote machine can resolve this host name."""
    name = host.lower().removesuffix(".")
    return not is_local_name(name) and not name.endswith(
        tuple(f".{reserved}" for reserved in _UNRESOLVABLE_NAMES)
    )


def is_local_name(host: str) -> bool:
    """Whether a host name is one of this machine or network; a name without a dot always is."""
    name = host.lower().removesuffix(".")
    return "." not in name or name.endswith(tuple(f".{local}" for local in _LOCAL_NAMES))


def is_private_url(url: str) -> bool:
    """Whether a URL leads into a private network by a literal address or the name of a host.

    `url` is http(s) as `aggregator.urls` returns it, so that an IPv4 address has four decimal
    numbers, whatever its notation was. What a public name resolves to is not known here.
    """
    if _ORDINARY.match(url):
        return False
    found = _HOST.match(url)
    if found is None:
        return False
    host = found[1].strip("[]").removesuffix(".")
    try:
        return not is_public(ip_address(host))
    except ValueError:
        return is_local_name(host)
