"""Which process polls which feed: claims that expire.

A claim is one conditional UPDATE, so two pollers never hold the same feed. An outcome is stored on
condition that the lease is still the one under which the feed was polled.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVarTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from aggregator.errors import LeaseLost
from aggregator.process.deadlines import latest_deadline
from aggregator.process.feeds.host_shares import HostShares, authority
from aggregator.process.feeds.schedule import LEASE_DURATION, MAX_BACKOFF, MAX_HOST_BACKOFF
from aggregator.storage.feeds.host_backoff import is_free_again, not_backing_off
from aggregator.storage.models import Feed, Source, WebsubSubscription
from aggregator.storage.models.base import table
from aggregator.storage.sql.deadlines import is_in_future, is_outside
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.types import FeedForPoll

Ts = TypeVarTuple("Ts")

_feeds = table(Feed)


def new_lease_id() -> str:
    """A name for one claim: "host:pid:random"."""
    return f"{_host_id()}:{os.getpid()}:{secrets.token_hex(6)}"


def _host_id() -> str:
    """The scope of a process id: containers may share a host name, but not a pid namespace."""
    try:
        return f"{socket.gethostname()}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return socket.gethostname()


def due(now: datetime, longest: timedelta = MAX_BACKOFF) -> ColumnElement[bool]:
    """Feeds that are due, and whose hosts did not ask to be left alone.

    `longest`: the longest possible wait for a next poll (`PollPolicy.longest_wait`).
    """
    last_backoff = latest_deadline(now, MAX_HOST_BACKOFF)
    return _is_due(now, latest_deadline(now, longest), last_backoff)


def _is_due(now: Any, last_poll: Any, last_backoff: Any) -> ColumnElement[bool]:
    """`due` with times or parameters."""
    has_come = is_outside(Feed.next_poll_at, now, last_poll)
    return has_come & (Feed.status != "gone") & is_free_again(now, last_backoff)


def not_polled_since(
    started: datetime, now: datetime, slugs: Collection[str]
) -> ColumnElement[bool]:
    """Feeds not polled since `started`, due or not, unless their publisher asked to be left alone.

    A feed that is gone is polled again only if its source is named in `slugs`.
    """
    polled_at = Feed.last_polled_at
    not_polled = or_(polled_at.is_(None), polled_at < started, is_in_future(polled_at, now))
    named = Source.slug.in_(slugs) if slugs else Feed.status != "gone"
    return not_polled & not_backing_off(now) & named


def claim(
    session: Session,
    which: ColumnElement[bool],
    *,
    limit: int,
    lease: str,
    now: datetime,
    until: datetime,
    shares: HostShares | None = None,
) -> list[FeedForPoll]:
    """Claim up to `limit` free feeds until the time `until`, the longest waiting first.

    `shares` limits how many of them may belong to one host.
    """
    free = _unleased(select(Feed.id), which, now).order_by(Feed.next_poll_at, Feed.id).limit(limit)
    if shares is not None:
        free = free.where(Feed.id.in_(_select_by_host(session, which, now, limit, shares)))
    if dialect_of(session) == "postgresql":
        # A CTE runs once; a plain subquery may run again for each row and claim more.
        free = select(free.with_for_update(of=Feed, skip_locked=True).cte("free").c.id)
    claimed = update(Feed).where(Feed.id.in_(free)).values(lease=lease, lease_until=until)
    if not affected_rows(session, claimed):
        return []
    rows = session.execute(_for_poll.where(Feed.lease == lease).order_by(Feed.next_poll_at))
    return [FeedForPoll(**row._mapping, lease=lease) for row in rows]


def _select_by_host(
    session: Session, which: ColumnElement[bool], now: datetime, limit: int, shares: HostShares
) -> list[int]:
    """The feeds to claim, in the order in which they wait, until all slots are taken."""
    address = func.coalesce(Feed.adopted_url, Feed.url)
    waiting = _unleased(select(Feed.id, address), which, now).order_by(Feed.next_poll_at, Feed.id)
    chosen: list[int] = []
    with session.execute(waiting.execution_options(yield_per=500)) as rows:
        for id_, url in rows:
            if len(chosen) >= limit or shares.free_slots <= 0:
                break
            if shares.try_acquire(authority(url)):
                chosen.append(id_)
    return chosen


def count(
    session: Session, which: ColumnElement[bool], now: datetime, *, held: bool = False
) -> int:
    """The number of enabled feeds that match and are free; with `held`, also those claimed."""
    statement = select(func.count()).select_from(Feed)
    statement = _enabled(statement, which) if held else _unleased(statement, which, now)
    return session.execute(statement).scalar_one()


def count_due(
    session: Session, now: datetime, longest: timedelta = MAX_BACKOFF
) -> tuple[int, datetime | None]:
    """The number of free feeds that are `due`, and when the first of them should have been polled.

    None if none is, or if only a clock that was wrong can have written when.
    """
    # A time further away than a poll can be would hide how long the others have waited.
    since = func.min(case((Feed.next_poll_at <= now, Feed.next_poll_at)))
    counted = _unleased(select(func.count(Feed.id), since), due(now, longest), now)
    feeds, first = session.execute(counted).one()
    return feeds, first


def any_due(session: Session, now: datetime, longest: timedelta = MAX_BACKOFF) -> bool:
    """Whether `claim` might find a feed that is `due`. Asked once a second, so compiled once."""
    parameters = {
        "now": now,
        "last_poll": latest_deadline(now, longest),
        "last_backoff": latest_deadline(now, MAX_HOST_BACKOFF),
        "last_lease": latest_deadline(now, LEASE_DURATION),
    }
    return session.connection().execute(_ANY_DUE, parameters).first() is not None


def release(session: Session, lease: str, feed_ids: Iterable[int]) -> None:
    """Release feeds unpolled: the next tick of any poller may claim them."""
    session.execute(
        update(Feed)
        .where(Feed.lease == lease, Feed.id.in_(tuple(feed_ids)))
        .values(lease=None, lease_until=None)
    )


def postpone(session: Session, feed: FeedForPoll, until: datetime) -> None:
    """Release a feed, to be polled from `until` on. Raises `LeaseLost`."""
    mine = update(Feed).where(Feed.id == feed.id, Feed.lease == feed.lease)
    released = mine.values(next_poll_at=until, lease=None, lease_until=None)
    if not affected_rows(session, released):
        raise LeaseLost(feed.id)


class FeedState(NamedTuple):
    """What changes whenever the stored entries of a feed do.

    Only the holder of the lease stores entries of a feed, retention only takes some away: with the
    same lease and the same count, they are the same entries.
    """

    lease: str | None
    entry_count: int


def feed_states(session: Session, feed_ids: Collection[int]) -> dict[int, FeedState]:
    """Return the states of feeds by id, without those that are gone."""
    statement = _states(dialect_of(session))
    rows = session.connection().execute(statement, {"keys": list(feed_ids)})
    return {id_: FeedState(lease, count) for id_, lease, count in rows}


def extend(session: Session, lease_ids: Iterable[str], until: datetime) -> None:
    """Extend the leases of feeds that are still being polled."""
    session.execute(update(Feed).where(Feed.lease.in_(tuple(lease_ids))).values(lease_until=until))


def release_orphaned(session: Session) -> int:
    """Release what killed processes of this machine still hold; the number of their leases."""
    here = _host_id()
    leases = session.execute(select(Feed.lease).where(Feed.lease.is_not(None)).distinct())
    dead = [
        lease
        for (lease,) in leases
        if lease and lease.startswith(f"{here}:") and not _is_process_alive(lease)
    ]
    for lease in dead:
        session.execute(
            update(Feed).where(Feed.lease == lease).values(lease=None, lease_until=None)
        )
    return len(dead)


def _is_process_alive(lease: str) -> bool:
    try:
        os.kill(int(lease.rsplit(":", 2)[1]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _enabled(statement: Select[*Ts], which: ColumnElement[bool]) -> Select[*Ts]:
    joined = statement.join(Source, Source.id == Feed.source_id)
    return joined.where(Feed.enabled, Source.enabled, which)


def _unleased(statement: Select[*Ts], which: ColumnElement[bool], now: datetime) -> Select[*Ts]:
    last_lease = latest_deadline(now, LEASE_DURATION)
    return _enabled(statement, which).where(_is_unheld(now, last_lease))


def _is_unheld(now: Any, last_lease: Any) -> ColumnElement[bool]:
    return or_(Feed.lease.is_(None), is_outside(Feed.lease_until, now, last_lease))


_NOW: BindParameter[datetime] = bindparam("now")
_ANY_DUE = (
    _enabled(select(_feeds.c.id), _is_due(_NOW, bindparam("last_poll"), bindparam("last_backoff")))
    .where(_is_unheld(_NOW, bindparam("last_lease")))
    .limit(1)
)


@cache
def _states(dialect: str) -> Select[int, str | None, int]:
    chosen = in_list(_feeds.c.id, "keys", dialect)
    return select(_feeds.c.id, _feeds.c.lease, _feeds.c.entry_count).where(chosen)


_for_poll = (
    select(
        Feed.id,
        func.coalesce(Feed.adopted_url, Feed.url).label("url"),
        Feed.url.label("configured_url"),
        Feed.source_id,
        Source.slug.label("source_slug"),
        Source.language,
        Source.timezone,
        Source.site,
        Feed.section,
        Feed.etag,
        Feed.last_modified,
        Feed.body_digest,
        Feed.entry_digests,
        Feed.listed_entries,
        Feed.missing_entries,
        Feed.moved_to,
        Feed.interval_s,
        Feed.failures,
        Feed.mean_gap_s,
        Feed.newest_entry_at.label("newest_at"),
        Feed.last_success_at,
        WebsubSubscription.hub_url,
        WebsubSubscription.topic_url,
        WebsubSubscription.last_push_at,
        WebsubSubscription.lease_until.label("hub_lease_until"),
    )
    .join(Source, Source.id == Feed.source_id)
    .outerjoin(
        WebsubSubscription,
        (WebsubSubscription.feed_id == Feed.id) & (WebsubSubscription.state != "unsubscribed"),
    )
)
