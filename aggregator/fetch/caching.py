"""Read a publisher's caching headers. Pure. Terms and formats from RFC 9110 and 9111."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aggregator.process.feeds.schedule import MAX_HOST_BACKOFF
from aggregator.types import CacheHints

MAX_FRESHNESS = timedelta(hours=24)
MAX_RETRY_AFTER = MAX_HOST_BACKOFF
# Maximum length of an ETag that is kept and sent back, in characters.
MAX_VALIDATOR = 1_000

_EARLIEST_MODIFIED = datetime(1990, 1, 1, tzinfo=UTC)
# Maximum that a publisher's clock may be ahead.
_CLOCK_ERROR = timedelta(days=1)
_DIRECTIVE = re.compile(r'([a-z-]+)(?:\s*=\s*"?([^",\s]*)"?)?', re.ASCII)
_SECONDS = re.compile(r"[0-9]+", re.ASCII)


def cache_hints(headers: Mapping[str, str], now: datetime) -> CacheHints:
    """The validators to send back and how long the answer stays fresh (0 to 24 h).

    `headers` is looked up by the usual spelling ("Cache-Control"); `now` is aware UTC.
    """
    return CacheHints(
        etag=_etag(headers.get("ETag")),
        last_modified=_last_modified(headers.get("Last-Modified"), now),
        fresh_for=_fresh_for(headers, now),
    )


def is_validator(value: str) -> bool:
    """Whether a stored ETag or Last-Modified is valid as a request header."""
    return 0 < len(value) <= MAX_VALIDATOR and value.isprintable()


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long to stay away, at most 24 h; None if the header says nothing usable.

    Accepts both forms of RFC 9110 section 10.2.3: seconds, and an HTTP date (0 if it has passed).
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return _seconds(text, MAX_RETRY_AFTER)
    date = http_date(text)
    return None if date is None else _clamp(date - now, MAX_RETRY_AFTER)


def http_date(value: str | None) -> datetime | None:
    """An HTTP date in any of its three forms as aware UTC; None for anything else."""
    if not value or len(value) > 60:
        return None
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _etag(value: str | None) -> str | None:
    text = (value or "").strip()
    return text if is_validator(text) else None


def _last_modified(value: str | None, now: datetime) -> str | None:
    date = http_date(value)
    if value is None or date is None or not is_validator(value.strip()):
        return None
    return value.strip() if _EARLIEST_MODIFIED <= date <= now + _CLOCK_ERROR else None


def _fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """RFC 9111 section 4.2: max-age (or s-maxage) less Age, else Expires less Date."""
    control = headers.get("Cache-Control")
    directives = _directives(control) if control else {}
    if "no-store" in directives or "no-cache" in directives:
        return timedelta(0)
    for name in ("max-age", "s-maxage"):
        if _SECONDS.fullmatch(directives.get(name, "")):
            lifetime = _seconds(directives[name], MAX_FRESHNESS + timedelta(days=365))
            return _clamp(lifetime - _age(headers), MAX_FRESHNESS)
    if "Expires" not in headers:
        return None
    expires = http_date(headers["Expires"])
    if expires is None:
        return timedelta(0)
    return _clamp(expires - (http_date(headers.get("Date")) or now), MAX_FRESHNESS)


def _age(headers: Mapping[str, str]) -> timedelta:
    text = headers.get("Age", "").strip()
    return _seconds(text, timedelta(days=365)) if _SECONDS.fullmatch(text) else timedelta(0)


def _directives(control: str) -> dict[str, str]:
    """The directives of Cache-Control in lower case; the first of a name wins."""
    found: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(control[:1_000].lower()):
        found.setdefault(name, value)
    return found


def _seconds(digits: str, longest: timedelta) -> timedelta:
    """A number of any length as a duration, cut at `longest`."""
    if len(digits.lstrip("0")) > 9:
        return longest
    return min(timedelta(seconds=int(digits[-12:])), longest)


def _clamp(value: timedelta, longest: timedelta) -> timedelta:
    return max(timedelta(0), min(value, longest))
