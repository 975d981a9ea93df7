"""Whether the database has times that a clock which was ahead has left: one look at all of them.

Each start looks, and hardly ever finds any, so this maps no tables: `storage.clock_repair` and
`storage.entries.future_dates` do, which bring such times back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Date, Integer, bindparam, text
from sqlalchemy.orm import Session

from aggregator.process.deadlines import CLOCK_TOLERANCE, SESSION_LIFETIME, latest_deadline
from aggregator.process.feeds.schedule import MAX_HOST_BACKOFF
from aggregator.process.feeds.websub import MAX_LEASE, MAX_REQUEST_WAIT
from aggregator.storage.models.base import UtcTime

# What has happened, by table: none of it can be in the future.
HAPPENED = {
    "feeds": (
        "created_at", "status_since", "error_since", "last_polled_at", "last_success_at",
        "newest_entry_at",
    ),
    "jobs": ("last_run_at",),
    "websub_subscriptions": ("requested_at", "last_push_at"),
    "pushes": ("received_at",),
    "entries": ("left_feed_at",),
    "entry_revisions": ("seen_at",),
    "tombstones": ("deleted_at",),
    "users": ("created_at",),
    "user_sessions": ("created_at", "confirmed_at"),
    "passkeys": ("created_at", "last_used_at"),
    "totp_secrets": ("created_at", "confirmed_at"),
    "recovery_codes": ("created_at",),
    "sign_in_steps": ("created_at",),
    "api_tokens": ("created_at", "last_used_at"),
    "app_passwords": ("created_at", "last_used_at"),
    "personal_feeds": ("created_at", "last_used_at"),
    "sign_in_failures": ("failed_at",),
    "password_links": ("created_at",),
    "identities": ("linked_at", "last_used_at"),
    "sign_in_flows": ("started_at",),
    "invites": ("created_at", "used_at"),
    "source_subscriptions": ("followed_at",),
    "folders": ("created_at",),
    "read_undos": ("made_at",),
    "muted_words": ("muted_at",),
    "muted_sources": ("muted_at",),
    "entry_tags": ("tagged_at",),
    "stars": ("starred_at",),
    "saved_searches": ("saved_at",),
    "topics": ("updated_at", "published_at"),
    "topic_pins": ("pinned_at",),
    "topic_removals": ("removed_at",),
    "topic_notes": ("written_at",),
    "topic_revisions": ("saved_at",),
    "topic_subscriptions": ("followed_at",),
    "story_apart": ("decided_at",),
    "story_follows": ("followed_at",),
    "front_pins": ("pinned_at",),
    "source_lookups": ("asked_at", "finished_at"),
    "source_requests": ("created_at", "checked_at", "decided_at"),
    "source_request_askers": ("asked_at", "told_at"),
}  # fmt: skip
# Times of arrival have no index: number of the last arrivals to look through at a time.
ARRIVALS = 20_000


def has_future_times(session: Session, now: datetime, longest_poll_wait: timedelta) -> bool:
    """Whether any stored time cannot be true at `now`, by the rules of `process.deadlines`."""
    limits = {
        "happened": now + CLOCK_TOLERANCE,
        "poll": latest_deadline(now, longest_poll_wait),
        "hold": latest_deadline(now, MAX_HOST_BACKOFF),
        "request": latest_deadline(now, MAX_REQUEST_WAIT),
        "hub_lease": latest_deadline(now, MAX_LEASE),
        "session": latest_deadline(now, SESSION_LIFETIME),
    }
    times = [bindparam(name, limit, UtcTime()) for name, limit in limits.items()]
    day = bindparam("day", now.date() + timedelta(days=1), Date())
    arrivals = bindparam("arrivals", ARRIVALS, Integer())
    statement = text(" UNION ALL ".join(_selects()) + " LIMIT 1")
    statement = statement.bindparams(day, arrivals, *times)
    return session.execute(statement).scalar() is not None


def _selects() -> Iterator[str]:
    """SELECTs that find a row if a time is in the future, or a deadline too far away."""
    for table, columns in HAPPENED.items():
        conditions = " OR ".join(f"{column} > :happened" for column in columns)
        yield f"SELECT 1 FROM {table} WHERE {conditions}"  # noqa: S608 (names of columns)
    yield "SELECT 1 FROM feeds WHERE next_poll_at > :poll OR not_before > :hold"
    yield (
        "SELECT 1 FROM websub_subscriptions"
        " WHERE next_try_at > :request OR lease_until > :hub_lease"
    )
    yield "SELECT 1 FROM feed_days WHERE day > :day"
    yield "SELECT 1 FROM user_sessions WHERE expires_at > :session"
    yield "SELECT 1 FROM entries WHERE published_at > :happened"
    yield (
        "SELECT 1 FROM entries WHERE id > (SELECT max(id) FROM entries) - :arrivals"
        " AND fetched_at > :happened"
    )
