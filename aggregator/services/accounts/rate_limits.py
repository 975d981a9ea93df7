"""Rate limits on guessing passwords and on creating accounts, invitations and exports.

An attempt counts before its outcome is known, so concurrent attempts get no further than
consecutive ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.orm import Session

from aggregator.errors import TooManyAttempts
from aggregator.process.deadlines import CLOCK_TOLERANCE
from aggregator.storage.accounts import attempts as store


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Maximum attempts under one key within `window`."""

    max_attempts: int
    window: timedelta


_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)

SIGN_INS_PER_NAME = RateLimit(5, _QUARTER)
SIGN_INS_PER_ADDRESS = RateLimit(20, _QUARTER)
PASSWORD_CONFIRMATIONS = RateLimit(5, _QUARTER)
REGISTRATIONS_PER_ADDRESS = RateLimit(10, _HOUR)
INVITES_PER_OPERATOR = RateLimit(30, _HOUR)
EXPORTS_PER_READER = RateLimit(10, _HOUR)
_LONGEST = _HOUR


def record_attempt(session: Session, key: str, limit: RateLimit, now: datetime) -> int:
    """Record an attempt under `key`; its id. Raises TooManyAttempts, and then records none."""
    store.delete_attempts_before(session, now - _LONGEST)
    store.delete_attempts_after(session, now + CLOCK_TOLERANCE)  # by a clock that was ahead
    times = store.attempt_times(session, key, now - limit.window, limit.max_attempts)
    if len(times) >= limit.max_attempts:
        raise TooManyAttempts(min(times[-1] + limit.window - now, limit.window))
    return store.insert_attempt(session, key, now)


def clear_attempts(session: Session, ids: list[int], key: str) -> None:
    """Delete these attempts, and all under `key`, after a success."""
    store.delete_attempts(session, ids, key)


def address_block(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: a client has all addresses in it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((int(parsed), 64), strict=False))
    return str(parsed)
