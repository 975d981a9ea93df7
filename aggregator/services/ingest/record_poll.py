"""What a poll leaves on its feed: its state, its validators, when it is polled next."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.process.entries.digests import join_records
from aggregator.process.feeds import websub as hubs
from aggregator.process.feeds.health import DELAY_SAMPLE_SIZE, status_after_failure
from aggregator.process.feeds.schedule import (
    MAX_BACKOFF,
    PollPolicy,
    PublishingRate,
    backoff,
    next_interval,
    with_jitter,
)
from aggregator.services.ingest.absences import record_absences
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.services.ingest.websub import update_hub
from aggregator.storage.feeds import host_backoff, outcomes, pushes, websub
from aggregator.types import (
    EntryChanges,
    FeedDay,
    FeedFailure,
    FeedForPoll,
    FeedProblem,
    NewEntry,
    PreparedFeed,
)

# Failed polls after which an adopted address is given up for the configured one.
_MAX_ADOPTED_FAILURES = 3


def record_success(
    session: Session,
    result: PollResult,
    document: PreparedFeed,
    changes: EntryChanges,
    policy: PollPolicy,
    counted: int = 0,
) -> None:
    """Record that a document was read and its entries are stored; raises `LeaseLost`.

    `counted` of the new entries have been counted already (`outcomes.record_part`).
    """
    feed, now = result.feed, result.read_at
    newest_at = _newest(feed, [document], changes, now)
    rate = _publishing_rate(newest_at, document.mean_gap_s)
    requested = max((t for t in (result.hints.fresh_for, document.ttl) if t), default=None)
    wait, next_poll_at = _schedule_next(
        policy, feed, rate, now, requested, missed=bool(changes.new)
    )
    moved_to, adopted = _move(feed, result.permanent_url)
    missing = record_absences(session, feed, document.listed, now)
    poll = outcomes.SuccessfulPoll(
        polled_at=now,
        next_poll_at=next_poll_at,
        interval_s=round(wait.total_seconds()),
        etag=result.hints.etag,
        last_modified=result.hints.last_modified,
        body_digest=result.body_digest,
        entry_digests=join_records(document.unchanged, changes.records),
        had_digests=feed.entry_digests is not None,
        listed_entries=document.listed,
        missing_entries=missing,
        title=document.title,
        format=document.format,
        problem=_combined(document.problems),
        mean_gap_s=document.mean_gap_s,
        newest_at=newest_at,
        new_entries=len(changes.new) - counted,
        moved_to=moved_to,
        adopted_url=adopted,
        clamped_dates=document.clamped_dates,
        delays=_delays(session, feed, changes.new, now),
        took_s=result.took_s,
    )
    outcomes.record_success(session, feed, poll)
    update_hub(session, feed, document, now)


def _combined(problems: Sequence[FeedProblem]) -> FeedProblem | None:
    """The first of a document's problems, with the details of all."""
    if not problems:
        return None
    detail = "; ".join(problem.detail for problem in problems if problem.detail)
    return FeedProblem(problems[0].kind, detail)


def _delays(
    session: Session, feed: FeedForPoll, arrived: Sequence[NewEntry], now: datetime
) -> tuple[int, ...] | None:
    """How late the last entries came, these included; None if none of these tells."""
    dates = [new.entry.published_at for new in reversed(arrived)]
    delays = [round((now - date).total_seconds()) for date in dates if date and date <= now]
    if not delays or feed.last_success_at is None:
        return None
    return (*outcomes.recent_delays(session, feed.id), *delays)[-DELAY_SAMPLE_SIZE:]


def record_push(
    session: Session, result: PollResult, changes: EntryChanges, counted: int = 0
) -> None:
    """Record that deliveries are stored, and drop them; the next poll stays due when it was.

    `counted` as in `record_success`. Raises `LeaseLost`.
    """
    feed, now = result.feed, result.read_at
    outcomes.record_push(
        session,
        feed,
        newest_at=_newest(feed, result.documents, changes, now),
        new_entries=len(changes.new) - counted,
        delays=_delays(session, feed, changes.new, now),
    )
    pushes.remove(session, [push.id for push in result.pushes or ()])
    if any(document.entries for document in result.documents):
        websub.record_delivery(session, feed.id, now)


def unchanged_poll(
    result: PollResult, policy: PollPolicy
) -> tuple[FeedForPoll, outcomes.UnchangedPoll]:
    """What a poll without news leaves on its feed."""
    feed, now = result.feed, result.read_at
    rate = _publishing_rate(feed.newest_at, feed.mean_gap_s)
    wait, next_poll_at = _schedule_next(policy, feed, rate, now, result.hints.fresh_for)
    moved_to, adopted = _move(feed, result.permanent_url)
    return feed, outcomes.UnchangedPoll(
        polled_at=now,
        next_poll_at=next_poll_at,
        interval_s=round(wait.total_seconds()),
        etag=result.hints.etag,
        last_modified=result.hints.last_modified,
        moved_to=moved_to,
        adopted_url=adopted,
        took_s=result.took_s,
    )


def poll_day(
    result: PollResult, outcome: PollOutcome, *, is_part: bool = False
) -> tuple[int, FeedDay]:
    """Count one poll of a feed, with the last of its parts.

    What the feed had before it was first polled did not arrive that day.
    """
    arrived = outcome.new if result.feed.last_success_at else 0
    failures = 1 if outcome.failure else 0
    polls = 0 if result.pushes is not None or is_part else 1
    return result.feed.id, FeedDay(result.read_at.date(), polls, failures, arrived)


def record_failure(
    session: Session, feed: FeedForPoll, failure: FeedFailure, now: datetime, policy: PollPolicy
) -> None:
    """Record that a poll failed, and let the host back off if it asked for that.

    Raises `LeaseLost`.
    """
    failures = feed.failures + 1
    wait = backoff(policy, failures, failure.retry_after)
    shortest = max(policy.min_interval, failure.retry_after or timedelta(0))
    outcomes.record_failure(
        session,
        feed,
        failure,
        status=status_after_failure(failure),
        polled_at=now,
        next_poll_at=now + _jittered(wait, shortest, MAX_BACKOFF),
        not_before=now + failure.retry_after if failure.retry_after else None,
        drop_adopted=failures >= _MAX_ADOPTED_FAILURES or failure.kind == "gone",
    )
    if failure.authority and failure.retry_after:
        host_backoff.back_off_host(session, failure.authority, now + failure.retry_after)


def _schedule_next(
    policy: PollPolicy,
    feed: FeedForPoll,
    rate: PublishingRate,
    now: datetime,
    requested: timedelta | None,
    *,
    missed: bool = False,
) -> tuple[timedelta, datetime]:
    """The wait after a successful poll and when it ends, not before the publisher `requested`.

    `missed`: the poll found entries that the feed's hub, if it has one, had not delivered.
    """
    usual = next_interval(policy, rate, now, requested)
    wait = hubs.poll_wait(usual, feed.last_push_at, feed.hub_lease_until, now, missed=missed)
    shortest = min(max(policy.min_interval, requested or timedelta(0)), policy.max_interval)
    return wait, now + _jittered(wait, shortest, max(policy.max_interval, wait))


def _jittered(wait: timedelta, shortest: timedelta, longest: timedelta) -> timedelta:
    return with_jitter(wait, random.random(), shortest, longest)  # noqa: S311 (spreads polls)


def _publishing_rate(newest_at: datetime | None, mean_gap_s: int | None) -> PublishingRate:
    return PublishingRate(
        newest_at, timedelta(seconds=mean_gap_s) if mean_gap_s is not None else None
    )


def _newest(
    feed: FeedForPoll, documents: Sequence[PreparedFeed], changes: EntryChanges, now: datetime
) -> datetime | None:
    """When the feed last had something new: by its dates; `now` for new entries without one.

    Never in the future, which a clock that was ahead may have left in `feed.newest_at`.
    """
    dates = [date for date in (feed.newest_at, *(each.newest_at for each in documents)) if date]
    if any(new.entry.published_at is None for new in changes.new):
        dates.append(now)
    return min(max(dates), now) if dates else None


def _move(feed: FeedForPoll, permanent_url: str | None) -> tuple[str | None, str | None]:
    """Where the feed seems to have moved, and where to poll it from now on.

    A permanent redirect is adopted once two polls in a row saw it.
    """
    if permanent_url is None or permanent_url == feed.url:
        return None, None
    return (None, permanent_url) if permanent_url == feed.moved_to else (permanent_url, None)
