"""The cookies of one poll. Pure; nothing outlives the poll, nothing goes to another host.

Some publishers answer the first request with a cookie and a redirect, and the one that brings the
cookie back with the feed. Cookies are for nothing else here, so `Domain` and `Path` are ignored.
Format: RFC 6265, section 5.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from yarl import URL

from aggregator.fetch.caching import http_date

MAX_COOKIES = 20
# Maximum characters of one cookie, name and value.
MAX_COOKIE = 4096

# Printable ASCII but ";"; the name without spaces and "=".
_PAIR = re.compile(r"[!-:<>-~]+=[ -:<-~]*", re.ASCII)
_NOW_OR_BEFORE = re.compile(r"-[0-9]+|0+", re.ASCII)


class PollCookies:
    """What the hosts of one poll have set, sent back to the host that set it."""

    def __init__(self) -> None:
        self._by_host: dict[str, dict[str, tuple[str, bool]]] = {}
        """host -> name -> (pair, whether for https only)"""

    def store(self, url: URL, set_cookie: Iterable[str], now: datetime) -> None:
        """Keep what an answer from `url` sets, drop what it deletes."""
        for header in set_cookie:
            pair, *attributes = (part.strip() for part in header.split(";"))
            if len(pair) > MAX_COOKIE or not _PAIR.fullmatch(pair):
                continue
            given = {
                name.strip().lower(): value.strip()
                for name, _, value in (attribute.partition("=") for attribute in attributes)
            }
            jar = self._by_host.setdefault(url.raw_host or "", {})
            name = pair.partition("=")[0]
            jar.pop(name, None)
            is_secure = "secure" in given
            is_ours = url.scheme == "https" or not is_secure
            if is_ours and len(jar) < MAX_COOKIES and not _is_over(given, now):
                jar[name] = (pair, is_secure)

    def header(self, url: URL) -> str:
        """The Cookie header of a request, "" without cookies for it."""
        jar = self._by_host.get(url.raw_host or "", {})
        return "; ".join(
            pair for pair, secure in jar.values() if not secure or url.scheme == "https"
        )


def _is_over(attributes: dict[str, str], now: datetime) -> bool:
    """Whether the cookie has expired already, which is how one is deleted."""
    if "max-age" in attributes:
        return _NOW_OR_BEFORE.fullmatch(attributes["max-age"]) is not None
    expires = http_date(attributes.get("expires", "").replace("-", " "))
    return expires is not None and expires <= now
