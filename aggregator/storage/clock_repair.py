"""Bring back times that a clock which was ahead has left in the database.

`process.deadlines` has the rules, `storage.future_times` the columns. Entries are in
`storage.entries.future_dates`, because lists, stories and the index hold copies of their dates.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from aggregator.process.deadlines import SESSION_LIFETIME, latest_deadline
from aggregator.process.feeds.schedule import MAX_HOST_BACKOFF
from aggregator.process.feeds.websub import MAX_LEASE, MAX_REQUEST_WAIT
from aggregator.storage import models
from aggregator.storage.future_times import HAPPENED
from aggregator.storage.models import (
    ApiToken,
    Feed,
    FrontPin,
    InviteRow,
    PasswordLinkRow,
    TopicPin,
    UserSession,
    WebsubSubscription,
)
from aggregator.storage.models.base import UtcTime
from aggregator.storage.sql.deadlines import is_in_future
from aggregator.storage.sql.row_counts import affected_rows


def bring_times_back(session: Session, now: datetime, longest_poll_wait: timedelta) -> int:
    """Correct what cannot be true at `now`; the number of rows changed.

    Waits go first: how far the others are in the future tells which of them were set then.
    """
    changed = _shorten_feed_waits(session, now, longest_poll_wait)
    changed += _shorten_hub_waits(session, now)
    changed += _cut(session, UserSession.expires_at, now, SESSION_LIFETIME)
    changed += _shift(session, PasswordLinkRow.created_at, PasswordLinkRow.expires_at, now)
    changed += _shift(session, InviteRow.created_at, InviteRow.expires_at, now)
    changed += _shift(session, ApiToken.created_at, ApiToken.expires_at, now)
    changed += _shift(session, TopicPin.pinned_at, TopicPin.expires_at, now)
    changed += _shift(session, FrontPin.pinned_at, FrontPin.expires_at, now)
    tables = models.all_tables().tables
    for table, names in HAPPENED.items():
        columns = tables[table].c
        in_future = {name: is_in_future(columns[name], now) for name in names}
        if session.execute(select(exists().where(or_(*in_future.values())))).scalar_one():
            values = {
                name: case((condition, _time(now)), else_=columns[name])
                for name, condition in in_future.items()
            }
            statement = update(tables[table]).where(or_(*in_future.values()))
            changed += affected_rows(session, statement.values(values))
    return changed


def _shorten_feed_waits(session: Session, now: datetime, longest: timedelta) -> int:
    """Make due what was polled in the future or waits too long; end holds set in the future.

    A hold of a whole host is stored on feeds that were not polled themselves. Where any feed was
    polled in the future, no hold is trusted: a host that still wants to be left alone says so
    again.
    """
    was_ahead = session.execute(
        select(exists().where(is_in_future(Feed.last_polled_at, now)))
    ).scalar_one()
    hold = timedelta(0) if was_ahead else MAX_HOST_BACKOFF
    held = Feed.not_before > latest_deadline(now, hold)
    waiting = or_(
        is_in_future(Feed.last_polled_at, now),
        Feed.next_poll_at > latest_deadline(now, longest),
        held,
    )
    due = update(Feed).where(waiting, Feed.next_poll_at > now).values(next_poll_at=now)
    changed = affected_rows(session, due)
    changed += affected_rows(
        session,
        update(Feed)
        .where(or_(held, is_in_future(Feed.last_polled_at, now)), Feed.not_before > now)
        .values(not_before=None),
    )
    return changed


def _shorten_hub_waits(session: Session, now: datetime) -> int:
    waiting = or_(
        is_in_future(WebsubSubscription.requested_at, now),
        WebsubSubscription.next_try_at > latest_deadline(now, MAX_REQUEST_WAIT),
    )
    due = update(WebsubSubscription).where(waiting, WebsubSubscription.next_try_at > now)
    return affected_rows(session, due.values(next_try_at=now)) + _cut(
        session, WebsubSubscription.lease_until, now, MAX_LEASE
    )


def _cut(
    session: Session,
    column: InstrumentedAttribute[Any],
    now: datetime,
    longest: timedelta,
) -> int:
    """Give deadlines that are too far away the longest wait."""
    too_far = column > latest_deadline(now, longest)
    return affected_rows(
        session, update(column.class_).where(too_far).values({column: now + longest})
    )


def _shift(
    session: Session,
    begun: InstrumentedAttribute[datetime],
    ends: InstrumentedAttribute[Any],
    now: datetime,
) -> int:
    """Keep the length of what began in the future and has a length of its own."""
    model = begun.class_
    rows = session.execute(select(model).where(is_in_future(begun, now), ends.is_not(None)))
    count = 0
    for (row,) in rows:
        setattr(row, ends.key, now + (getattr(row, ends.key) - getattr(row, begun.key)))
        setattr(row, begun.key, now)
        count += 1
    session.flush()
    return count


def _time(moment: datetime) -> ColumnElement[datetime]:
    return literal(moment, UtcTime())  # without its type it would be stored as text
