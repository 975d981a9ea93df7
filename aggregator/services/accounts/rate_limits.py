"""Slowing down whoever guesses passwords, or makes accounts or exports without end.

An attempt counts before its outcome is known, so that many at once get no further than many in a
row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.orm import Session

from aggregator.errors import TooManyAttempts
from aggregator.storage.accounts import attempts as store


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts under one key within `window`."""

    most: int
    window: timedelta


_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)

SIGN_IN_AS_ONE = Limit(5, _QUARTER)
SIGN_IN_FROM_ONE_ADDRESS = Limit(20, _QUARTER)
OWN_PASSWORD = Limit(5, _QUARTER)
REGISTRATIONS_FROM_ONE_ADDRESS = Limit(10, _HOUR)
INVITES_OF_ONE_OPERATOR = Limit(30, _HOUR)
EXPORTS_OF_ONE_READER = Limit(10, _HOUR)
_LONGEST = _HOUR


def count(session: Session, key: str, limit: Limit, now: datetime) -> int:
    """Count an attempt under `key`; its id. Raises TooManyAttempts, and then counts nothing."""
    store.delete_attempts_before(session, now - _LONGEST)
    times = store.attempt_times(session, key, now - limit.window, limit.most)
    if len(times) >= limit.most:
        raise TooManyAttempts(times[-1] + limit.window - now)
    return store.insert_attempt(session, key, now)


def forgive(session: Session, ids: list[int], key: str) -> None:
    """It was the right person: forget these attempts, and all under `key`."""
    store.delete_attempts(session, ids, key)


def network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: whoever has one of those has all of it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((int(parsed), 64), strict=False))
    return str(parsed)
