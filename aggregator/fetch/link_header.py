"""The Link header, in which a publisher may name its WebSub hub instead of in the feed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aggregator.urls import resolve_url

MAX_HEADER = 4096
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


def hub_and_self(headers: Iterable[str], base: str) -> tuple[str | None, str | None]:
    """The first http(s) addresses with the relations "hub" and "self" (RFC 8288, W3C WebSub)."""
    found: dict[str, str] = {}
    for header in headers:
        for address, parameters in _LINK.findall(header[:MAX_HEADER]):
            rel = _REL.search(parameters)
            url = resolve_url(address, base)
            if rel and url:
                for name in (rel[1] or rel[2] or "").lower().split():
                    found.setdefault(name, url)
    return found.get("hub"), found.get("self")
