"""Map HTTP statuses to errors. Pure. Meanings from RFC 9110 section 15 and RFC 6585."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from aggregator.errors import FetchError
from aggregator.fetch.caching import retry_after

MAX_LOG_TEXT = 200

_KINDS = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    410: "gone",
    429: "rate_limited",
}
_TOO_MANY = 429
# Statuses whose Retry-After counts.
_WAITING = frozenset({_TOO_MANY, 503})


def status_error(
    status: int, reason: str | None, retry_header: str | None, now: datetime, authority: str = ""
) -> FetchError:
    """The error for an answer that is no body, no redirect and no 304 we asked for.

    A 429 speaks for the whole host, `authority`: it counts requests, whatever their address. A 503
    speaks for one feed: a bridge that serves the feeds of many sites sends it when one of those
    sites is down, and backing off from all of them hurts readers (FreshRSS#7870).
    """
    if status == 304:
        return FetchError("bad_response", "304 Not Modified without our asking", status=status)
    kind = _KINDS.get(status) or ("server_error" if 500 <= status <= 599 else "http_status")
    wait = retry_after(retry_header, now) if status in _WAITING else None
    detail = plain(f"HTTP {status} {reason or ''}")
    speaker = authority if status == _TOO_MANY and wait else ""
    return FetchError(kind, detail, status=status, retry_after=wait, authority=speaker)


def plain(text: str) -> str:
    """A publisher's words as one harmless line for a log: no controls, cut short.

    Still to be escaped like any other text in HTML.
    """
    shown = "".join(
        " " if unicodedata.category(char) in ("Zl", "Zp", "Zs", "Cc") else char
        for char in text[: 4 * MAX_LOG_TEXT]
        if unicodedata.category(char) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join(shown.split())[:MAX_LOG_TEXT]
