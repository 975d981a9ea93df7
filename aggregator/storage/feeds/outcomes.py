"""The outcome of a poll, written to its feed if the lease still holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from aggregator.errors import LeaseLost
from aggregator.process.deadlines import latest_deadline
from aggregator.process.feeds.health import SLOW, median
from aggregator.process.feeds.schedule import MAX_HOST_BACKOFF
from aggregator.storage.models import Feed
from aggregator.storage.models.base import table
from aggregator.types import FeedFailure, FeedForPoll, FeedProblem


@dataclass(frozen=True, slots=True)
class SuccessfulPoll:
    """What a successful poll writes to its feed, with the validators of the answer just stored."""

    polled_at: datetime
    next_poll_at: datetime
    interval_s: int
    etag: str | None
    last_modified: str | None
    body_digest: str | None
    title: str | None
    format: str | None
    problem: FeedProblem | None
    mean_gap_s: int | None
    newest_at: datetime | None
    new_entries: int
    moved_to: str | None
    adopted_url: str | None
    clamped_dates: int = 0
    entry_digests: bytes = b""
    had_digests: bool = False
    """Whether the feed had any when it was claimed: if somebody has removed them since, stored
    entries have changed, and the next document is to be compared whole."""
    listed_entries: bytes = b""
    missing_entries: bytes | None = None
    delays: tuple[int, ...] | None = None
    """Of the last entries, in seconds, the newest last; None to keep what is stored."""
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class UnchangedPoll:
    """What a poll without news writes. Validators that the answer did not repeat are kept."""

    polled_at: datetime
    next_poll_at: datetime
    interval_s: int
    etag: str | None
    last_modified: str | None
    moved_to: str | None
    adopted_url: str | None
    took_s: float = 0.0


def recent_delays(session: Session, feed_id: int) -> tuple[int, ...]:
    """Seconds from publication to arrival of the last entries, the newest last."""
    found = session.connection().execute(_recent_delays, {"feed_id": feed_id}).scalar_one()
    return tuple(found or ())


def record_success(session: Session, feed: FeedForPoll, poll: SuccessfulPoll) -> None:
    """Record that a document was read and stored. Raises `LeaseLost`."""
    values = _values(poll)
    problem = poll.problem
    values |= {
        "status": "damaged" if problem else "healthy",
        "error_kind": problem.kind if problem else None,
        "error_detail": problem.detail[:500] if problem else None,
        "error_since": poll.polled_at if problem else None,
        "median_delay_s": median(poll.delays) if poll.delays else None,
    }
    values |= _speed(poll.took_s, poll.adopted_url)
    del values["problem"]
    _update_leased_feed(session, _record_success, feed, values)


def record_part(session: Session, feed: FeedForPoll, new_entries: int) -> None:
    """Count entries of a poll of which more is to be stored. Raises `LeaseLost`.

    Validators stay as they were: should the rest be lost, the document is read again.
    """
    _update_leased_feed(session, _record_part, feed, {"new_entries": new_entries})


def record_push(
    session: Session,
    feed: FeedForPoll,
    *,
    newest_at: datetime | None,
    new_entries: int,
    delays: tuple[int, ...] | None,
) -> None:
    """Record that a delivery of a hub was stored. Raises `LeaseLost`.

    State, schedule and validators are left to polls.
    """
    values = {
        "newest_at": newest_at,
        "new_entries": new_entries,
        "delays": delays,
        "median_delay_s": median(delays) if delays else None,
    }
    _update_leased_feed(session, _record_push, feed, values)


def record_unchanged(session: Session, polls: Sequence[tuple[FeedForPoll, UnchangedPoll]]) -> None:
    """Record polls without news; a feed whose lease went to another poller is left alone."""
    if polls:
        rows = [
            _lease_params(feed) | _values(poll) | _speed(poll.took_s, poll.adopted_url)
            for feed, poll in polls
        ]
        session.connection().execute(_record_unchanged, rows)


def record_missing(session: Session, feed: FeedForPoll, missing: bytes | None) -> None:
    """Record for how many polls entries have been missing, if the lease still holds."""
    values = _lease_params(feed) | {"missing_entries": missing}
    session.connection().execute(_record_missing, values)


def record_failure(
    session: Session,
    feed: FeedForPoll,
    failure: FeedFailure,
    *,
    status: str,
    polled_at: datetime,
    next_poll_at: datetime,
    not_before: datetime | None,
    drop_adopted: bool,
) -> None:
    """Record a failed poll; entries and validators stay as they were. Raises `LeaseLost`.

    With `drop_adopted`, a feed polled at an adopted URL returns to its own one, without validators
    of the other; if it is "gone" from the adopted URL, it is only failing.
    """
    values: dict[str, object] = {
        "status": status,
        "error_kind": failure.kind,
        "error_detail": failure.detail.replace("\0", "")[:500],  # PostgreSQL takes no NUL
        "advertised": [list(each) for each in failure.advertised] or None,
        "polled_at": polled_at,
        "next_poll_at": next_poll_at,
        "not_before": not_before,
        "latest_hold": latest_deadline(polled_at, MAX_HOST_BACKOFF),
    }
    _update_leased_feed(
        session, _record_failure_unadopted if drop_adopted else _record_failure, feed, values
    )


def _update_leased_feed(
    session: Session, statement: Update, feed: FeedForPoll, values: Mapping[str, object]
) -> None:
    done = session.connection().execute(statement, _lease_params(feed) | dict(values))
    if done.rowcount != 1:
        raise LeaseLost(feed.id)


def _values(poll: SuccessfulPoll | UnchangedPoll) -> dict[str, object]:
    """As `dataclasses.asdict`, without deep copies, and the latest end of a hold."""
    values = {each.name: getattr(poll, each.name) for each in fields(poll)}
    return values | {"latest_hold": latest_deadline(poll.polled_at, MAX_HOST_BACKOFF)}


def _lease_params(feed: FeedForPoll) -> dict[str, object]:
    return {"held_id": feed.id, "held_lease": feed.lease}


def _speed(took_s: float, adopted_url: str | None) -> dict[str, object]:
    """What the displayed state depends on besides the status itself."""
    return {
        "duration_ms": round(took_s * 1000),
        "is_slow": took_s > SLOW.total_seconds(),
        "adopts": adopted_url is not None,
    }


# Built once: building a statement costs more than executing it.

_feeds = table(Feed)
_c = _feeds.c
_leased_update = update(_feeds).where(
    _c.id == bindparam("held_id"), _c.lease == bindparam("held_lease")
)


def _bound(name: str, column: str | None = None) -> BindParameter[Any]:
    return bindparam(name, type_=_c[column or name].type)


def _since(unchanged: ColumnElement[bool]) -> ColumnElement[datetime | None]:
    """Since when the state holds: since this poll, unless it is `unchanged`."""
    polled_at = _bound("polled_at", "status_since")
    return case((unchanged, func.coalesce(_c.status_since, polled_at)), else_=polled_at)


def _later_not_before(
    own: ColumnElement[Any],
) -> ColumnElement[datetime | None]:
    """The time before which not to poll: from its answer, or from its host if later."""
    since = func.coalesce(own, _bound("polled_at", "not_before"))
    is_later = and_(_c.not_before > since, _c.not_before <= _bound("latest_hold", "not_before"))
    return case((is_later, _c.not_before), else_=own)


_recent_delays = select(_c.recent_delays).where(_c.id == bindparam("feed_id"))
_was_slow = func.coalesce(_c.last_duration_ms, 0) > round(SLOW.total_seconds() * 1000)
_speed_unchanged = and_(
    _was_slow == bindparam("is_slow", type_=Boolean), ~bindparam("adopts", type_=Boolean)
)
_success: dict[str, object] = {
    "last_duration_ms": _bound("duration_ms", "last_duration_ms"),
    "advertised": null(),
    "failures": 0,
    "last_polled_at": _bound("polled_at", "last_polled_at"),
    "last_success_at": _bound("polled_at", "last_polled_at"),
    "next_poll_at": _bound("next_poll_at"),
    "not_before": _later_not_before(null()),
    "interval_s": _bound("interval_s"),
    "moved_to": _bound("moved_to"),
    "adopted_url": func.coalesce(_bound("adopted_url"), _c.adopted_url),
    "lease": None,
    "lease_until": None,
}
_record_success = _leased_update.values(
    _success
    | {
        name: _bound(name)
        for name in (
            "status",
            "error_kind",
            "error_detail",
            "title",
            "format",
            "etag",
            "last_modified",
            "body_digest",
            "mean_gap_s",
            "listed_entries",
            "missing_entries",
        )
    }
    | {
        "error_since": case(
            (_bound("error_since").is_(None), None),
            else_=func.coalesce(_c.error_since, _bound("error_since")),
        ),
        "status_since": _since(and_(_c.status == _bound("status"), _speed_unchanged)),
        "entry_digests": case(
            (and_(_c.entry_digests.is_(None), bindparam("had_digests", type_=Boolean)), null()),
            else_=_bound("entry_digests"),
        ),
        "clamped_dates": _bound("clamped_dates"),
        "recent_delays": func.coalesce(_bound("delays", "recent_delays"), _c.recent_delays),
        "median_delay_s": func.coalesce(_bound("median_delay_s"), _c.median_delay_s),
        "newest_entry_at": _bound("newest_at", "newest_entry_at"),
        "entry_count": _c.entry_count + _bound("new_entries", "entry_count"),
    }
)
# What a part has changed is not as the last document had it.
_NO_RECORDS = literal(b"", _c.entry_digests.type)
_record_part = _leased_update.values(
    entry_count=_c.entry_count + _bound("new_entries", "entry_count"), entry_digests=_NO_RECORDS
)
_record_missing = _leased_update.values(missing_entries=_bound("missing_entries"))
_record_push = _leased_update.values(
    {
        "newest_entry_at": _bound("newest_at", "newest_entry_at"),
        "entry_count": _c.entry_count + _bound("new_entries", "entry_count"),
        "recent_delays": func.coalesce(_bound("delays", "recent_delays"), _c.recent_delays),
        "median_delay_s": func.coalesce(_bound("median_delay_s"), _c.median_delay_s),
        "entry_digests": null(),
        "lease": None,
        "lease_until": None,
    }
)
# A feed whose last document was damaged is still damaged; a failing one has recovered.
_was_damaged = _c.status == "damaged"
_record_unchanged = _leased_update.values(
    _success
    | {
        "status": case((_was_damaged, "damaged"), else_="healthy"),
        "status_since": _since(and_(or_(_was_damaged, _c.status == "healthy"), _speed_unchanged)),
        "error_kind": case((_was_damaged, _c.error_kind), else_=None),
        "error_detail": case((_was_damaged, _c.error_detail), else_=None),
        "error_since": case((_was_damaged, _c.error_since), else_=None),
        "etag": func.coalesce(_bound("etag"), _c.etag),
        "last_modified": func.coalesce(_bound("last_modified"), _c.last_modified),
    }
)
_VALIDATORS = ("etag", "last_modified", "body_digest")
_failed: dict[str, object] = {
    # Once the state is lost, only reading a damaged document again tells whether it still is.
    **{name: case((_was_damaged, None), else_=_c[name]) for name in _VALIDATORS},
    "status": _bound("status"),
    "status_since": _since(_c.status == _bound("status")),
    "advertised": func.coalesce(_bound("advertised"), _c.advertised),
    "failures": _c.failures + 1,
    "error_kind": _bound("error_kind"),
    "error_detail": _bound("error_detail"),
    # A feed that was only damaged starts a new kind of error.
    "error_since": case(
        (_c.failures > 0, func.coalesce(_c.error_since, _bound("polled_at", "error_since"))),
        else_=_bound("polled_at", "error_since"),
    ),
    "last_polled_at": _bound("polled_at", "last_polled_at"),
    "next_poll_at": _bound("next_poll_at"),
    "not_before": _later_not_before(_bound("not_before")),
    "lease": None,
    "lease_until": None,
}
_record_failure = _leased_update.values(_failed)
_is_adopted = _c.adopted_url.is_not(None)
_unadopted_status = case((_is_adopted, "failing"), else_=_bound("status"))
_record_failure_unadopted = _leased_update.values(
    _failed
    | {name: case((or_(_is_adopted, _was_damaged), None), else_=_c[name]) for name in _VALIDATORS}
    | {
        "adopted_url": None,
        "status": _unadopted_status,
        "status_since": _since(_c.status == _unadopted_status),
    }
)
