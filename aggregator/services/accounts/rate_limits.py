"""Rate limits on guessing passwords and on creating accounts, invitations and exports.

An attempt counts before its outcome is known, so concurrent attempts get no further than
consecutive ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.orm import Session

from aggregator.errors import TooManyAttempts
from aggregator.storage.accounts import attempts as store


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Maximum attempts under one key within `window`."""

    max_attempts: int
    window: timedelta


_QUARTER, _HOUR, _DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)

# Of a name from one address, from all of them, and from one browser that its owner has used before.
SIGN_INS_PER_NAME_AND_ADDRESS = RateLimit(5, _QUARTER)
SIGN_INS_PER_NAME = RateLimit(30, _HOUR)
SIGN_INS_PER_NAME_AND_DAY = RateLimit(100, _DAY)
SIGN_INS_PER_DEVICE = RateLimit(5, _QUARTER)
SIGN_INS_PER_ADDRESS = RateLimit(20, _QUARTER)
PROVIDER_SIGN_INS_PER_ADDRESS = RateLimit(60, _QUARTER)
PASSWORD_CONFIRMATIONS = RateLimit(5, _QUARTER)
REGISTRATIONS_PER_ADDRESS = RateLimit(10, _HOUR)
INVITES_PER_OPERATOR = RateLimit(30, _HOUR)
LINKS_PER_NAME = RateLimit(3, _HOUR)
LINKS_PER_ADDRESS = RateLimit(10, _HOUR)
EXPORTS_PER_READER = RateLimit(10, _HOUR)
# Addresses that a reader has looked up.
LOOKUPS_PER_READER = RateLimit(20, _HOUR)


def record_attempt(session: Session, key: str, limit: RateLimit, now: datetime) -> None:
    """Count an attempt under `key`. Raises TooManyAttempts, and then the caller rolls back."""
    record_attempts(session, {key: limit}, now)


def record_attempts(session: Session, limits: Mapping[str, RateLimit], now: datetime) -> None:
    """Count an attempt under each key. Raises TooManyAttempts, and then the caller rolls back.

    Rows are locked in the order of the keys: the narrowest comes first everywhere, so that
    concurrent attempts wait for each other and never in a circle.
    """
    for key, limit in limits.items():
        if not store.count_attempt(session, key, limit.max_attempts, limit.window, now):
            end = store.window_end(session, key)
            raise TooManyAttempts(max((end or now) - now, timedelta(seconds=1)))
    store.delete_ended_windows(session, now)


def forgive_attempts(session: Session, limits: Mapping[str, RateLimit]) -> None:
    """After a success, forget all attempts under the first key, and this one under the others."""
    first, *others = limits
    store.delete_count(session, first)
    for key in others:
        store.uncount_attempt(session, key)


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
