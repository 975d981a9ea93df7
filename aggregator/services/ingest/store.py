"""Storing what readings brought, in one short transaction for many feeds."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from aggregator.errors import LeaseLost
from aggregator.process.analysis.analyze import analyze
from aggregator.process.entries.changes import candidate_identities, decide
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
from aggregator.services.ingest.assign_stories import assign_stories
from aggregator.services.ingest.index import IndexBatch
from aggregator.services.ingest.match_topics import TopicMatcher
from aggregator.services.ingest.read_feed import PollOutcome, PollResult, unexpected_failure
from aggregator.services.ingest.websub import update_hub
from aggregator.storage.engine import Database
from aggregator.storage.entries import write as entries
from aggregator.storage.feeds import days, host_backoff, outcomes, pushes, websub
from aggregator.storage.search import indexing as index
from aggregator.types import (
    EMPTY_DOCUMENT,
    ChangedEntry,
    EntryChanges,
    FeedDay,
    FeedFailure,
    FeedForPoll,
    NewEntry,
    PreparedFeed,
    PreparedPush,
    UnplacedEntry,
)

log = logging.getLogger("marsad.polling")
C = TypeVar("C", NewEntry, ChangedEntry)

_DROP_ADOPTED_AFTER = 3
"""Failed polls after which an adopted address is given up for the configured one."""


def store(
    database: Database,
    readings: Sequence[PollResult],
    policy: PollPolicy,
    matcher: TopicMatcher | None = None,
) -> list[PollOutcome]:
    """Store readings in one transaction, each document in a savepoint: one costs no other.

    `matcher` puts entries into topics; a process that stores often keeps one.
    """
    matcher = matcher or TopicMatcher()
    silent = [reading for reading in readings if reading.is_unchanged]
    others = [reading for reading in readings if not reading.is_unchanged]
    with database.write_exclusive() as session:
        outcomes.record_unchanged(session, [_unchanged(reading, policy) for reading in silent])
        stored = [_store_in_savepoint(session, reading, policy, matcher) for reading in others]
        index.add(session, [each for one in stored for each in one.index_documents])
        _assign_stories(session, [each for outcome in stored for each in outcome.unplaced])
        stored += [PollOutcome(reading.feed) for reading in silent]
        polled = zip((*others, *silent), stored, strict=True)
        days.add_polls(
            session, [_day(*poll) for poll in polled if not (poll[1].lost or poll[1].deferred)]
        )
    return stored


def _assign_stories(session: Session, arrived: Sequence[UnplacedEntry]) -> None:
    """Find the stories of what arrived; what cannot be placed is tried again once a day.

    An article is never lost for its story.
    """
    if not arrived:
        return
    try:
        with session.connection().begin_nested():
            assign_stories(session, arrived)
    except OperationalError:
        raise
    except Exception:  # the boundary of stories: the entries themselves stay
        log.exception("placing %d entries in stories failed in an unforeseen way", len(arrived))


def _day(reading: PollResult, stored: PollOutcome) -> tuple[int, FeedDay]:
    """One poll. What a feed had before it was first polled did not arrive that day."""
    arrived = stored.new if reading.feed.last_success_at else 0
    failures = 1 if stored.failure else 0
    polls = 1 if reading.pushes is None else 0
    return reading.feed.id, FeedDay(reading.read_at.date(), polls, failures, arrived)


def _store_in_savepoint(
    session: Session, reading: PollResult, policy: PollPolicy, matcher: TopicMatcher
) -> PollOutcome:
    feed = reading.feed
    try:
        with session.connection().begin_nested():
            return _store(session, reading, policy, matcher)
    except LeaseLost:
        return PollOutcome(feed, lost=True)
    except OperationalError:
        raise  # the database itself: not this feed's fault, the whole batch is polled again
    except Exception as error:  # the per-feed boundary: recorded on the feed
        instead = _without_documents(reading, error)
        if instead is None:
            raise
        log.exception("storing %s failed in an unforeseen way", feed.url)
    return _store_in_savepoint(session, instead, policy, matcher)


def _without_documents(reading: PollResult, error: Exception) -> PollResult | None:
    """What is stored instead: that the poll failed, or nothing of what the hub delivered."""
    if reading.pushes and any(push.document for push in reading.pushes):
        dropped = tuple(PreparedPush(push.id, None) for push in reading.pushes)
        return replace(reading, pushes=dropped)
    if reading.document is None:
        return None
    return PollResult(reading.feed, reading.read_at, failure=unexpected_failure(error))


def _store(
    session: Session, reading: PollResult, policy: PollPolicy, matcher: TopicMatcher
) -> PollOutcome:
    feed = reading.feed
    if reading.pushes is not None:
        return _store_pushes(session, feed, reading.pushes, reading.read_at, matcher)
    if reading.deferred_for is not None:
        host_backoff.defer_feed(session, feed, reading.read_at + reading.deferred_for)
        return PollOutcome(feed, deferred=True)
    if reading.document is None:
        failure = reading.failure or FeedFailure("internal", "nothing was read")
        _store_failure(session, feed, failure, reading.read_at, policy)
        return PollOutcome(feed, failure=failure)
    to_index = IndexBatch()
    changes, arrived = _store_entries(
        session, feed, reading.document, reading.read_at, matcher, to_index
    )
    _store_success(session, reading, reading.document, changes, policy)
    return PollOutcome(
        feed,
        len(changes.new),
        len(changes.changed),
        index_documents=to_index.entries,
        unplaced=arrived,
    )


def _store_pushes(
    session: Session,
    feed: FeedForPoll,
    delivered: Sequence[PreparedPush],
    now: datetime,
    matcher: TopicMatcher,
) -> PollOutcome:
    """Store what the hub delivered; when the feed is polled next is left as it was."""
    documents = [push.document for push in delivered if push.document]
    new: list[NewEntry] = []
    arrived: list[UnplacedEntry] = []
    to_index = IndexBatch()
    changed, newest_at = 0, feed.newest_at
    for document in documents:
        changes, placeable = _store_entries(session, feed, document, now, matcher, to_index)
        arrived += placeable
        new, changed = [*new, *changes.new], changed + len(changes.changed)
        seen = (newest_at, _newest(feed, document, changes, now))
        newest_at = max((date for date in seen if date), default=None)
    delays = _delays(session, feed, new, now)
    outcomes.record_push(session, feed, newest_at=newest_at, new_entries=len(new), delays=delays)
    pushes.remove(session, [push.id for push in delivered])
    if any(document.entries for document in documents):
        websub.record_delivery(session, feed.id, now)
    return PollOutcome(
        feed, len(new), changed, index_documents=to_index.entries, unplaced=tuple(arrived)
    )


def _store_entries(
    session: Session,
    feed: FeedForPoll,
    document: PreparedFeed,
    now: datetime,
    matcher: TopicMatcher,
    to_index: IndexBatch,
) -> tuple[EntryChanges, tuple[UnplacedEntry, ...]]:
    keys = candidate_identities(document.entries)
    known = entries.known_entries(session, feed.id, keys, document.entries)
    deleted = entries.deleted_identities(session, feed.id, keys)
    changes = _analyze_changes(decide(document.entries, known, deleted, now), now)
    ids = entries.insert_entries(session, feed, changes.new, now)
    to_index.remove_changed(session, changes.changed)
    entries.update_entries(session, changes.changed, now)
    new = list(zip(ids, changes.new, strict=True))
    matcher.update_memberships(session, feed.id, new, changes.changed, now)
    to_index.note(feed, new, changes.changed, now)
    arrived = [UnplacedEntry(id_, item.entry.story, item.entry.words.text) for id_, item in new]
    return changes, tuple(arrived)


def _analyze_changes(changes: EntryChanges, now: datetime) -> EntryChanges:
    """`changes` with the words of entries that looked known, but are new or edited."""
    return replace(
        changes,
        new=tuple(_with_words(item, now) for item in changes.new),
        changed=tuple(_with_words(item, now) for item in changes.changed),
    )


def _with_words(item: C, now: datetime) -> C:
    return (
        replace(item, entry=analyze(item.entry, now))
        if item.entry.words == EMPTY_DOCUMENT
        else item
    )


def _store_success(
    session: Session,
    reading: PollResult,
    document: PreparedFeed,
    changes: EntryChanges,
    policy: PollPolicy,
) -> None:
    feed, now = reading.feed, reading.read_at
    newest_at = _newest(feed, document, changes, now)
    rhythm = _rhythm(newest_at, document.mean_gap_s)
    asked = max((t for t in (reading.hints.fresh_for, document.ttl) if t), default=None)
    wait, next_poll_at = _schedule_next(policy, feed, rhythm, now, asked, missed=bool(changes.new))
    moved_to, adopted = _move(feed, reading.permanent_url)
    poll = outcomes.SuccessfulPoll(
        polled_at=now,
        next_poll_at=next_poll_at,
        interval_s=round(wait.total_seconds()),
        etag=reading.hints.etag,
        last_modified=reading.hints.last_modified,
        body_digest=reading.body_digest,
        title=document.title,
        format=document.format,
        problem=document.problems[0] if document.problems else None,
        mean_gap_s=document.mean_gap_s,
        newest_at=newest_at,
        new_entries=len(changes.new),
        moved_to=moved_to,
        adopted_url=adopted,
        clamped_dates=document.clamped_dates,
        delays=_delays(session, feed, changes.new, now),
        took_s=reading.took_s,
    )
    outcomes.record_success(session, feed, poll)
    update_hub(session, feed, document, now)


def _delays(
    session: Session, feed: FeedForPoll, arrived: Sequence[NewEntry], now: datetime
) -> tuple[int, ...] | None:
    """How late the last entries came, those that just did included; None without any new ones."""
    dates = [new.entry.published_at for new in reversed(arrived)]
    late = [round((now - date).total_seconds()) for date in dates if date and date <= now]
    if not late or feed.last_success_at is None:
        return None
    return (*outcomes.recent_delays(session, feed.id), *late)[-DELAY_SAMPLE_SIZE:]


def _unchanged(
    reading: PollResult, policy: PollPolicy
) -> tuple[FeedForPoll, outcomes.UnchangedPoll]:
    feed, now = reading.feed, reading.read_at
    rhythm = _rhythm(feed.newest_at, feed.mean_gap_s)
    wait, next_poll_at = _schedule_next(policy, feed, rhythm, now, reading.hints.fresh_for)
    moved_to, adopted = _move(feed, reading.permanent_url)
    return feed, outcomes.UnchangedPoll(
        polled_at=now,
        next_poll_at=next_poll_at,
        interval_s=round(wait.total_seconds()),
        etag=reading.hints.etag,
        last_modified=reading.hints.last_modified,
        moved_to=moved_to,
        adopted_url=adopted,
        took_s=reading.took_s,
    )


def _store_failure(
    session: Session, feed: FeedForPoll, failure: FeedFailure, now: datetime, policy: PollPolicy
) -> None:
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
        drop_adopted=failures >= _DROP_ADOPTED_AFTER or failure.kind == "gone",
    )
    if failure.authority and failure.retry_after:
        host_backoff.back_off_host(session, failure.authority, now + failure.retry_after)


def _schedule_next(
    policy: PollPolicy,
    feed: FeedForPoll,
    rhythm: PublishingRate,
    now: datetime,
    asked: timedelta | None,
    *,
    missed: bool = False,
) -> tuple[timedelta, datetime]:
    """The wait after a good poll, and when that is over; never before `asked`.

    `missed`: the poll found what a hub, if there is one, had not delivered.
    """
    usual = next_interval(policy, rhythm, now, asked)
    wait = hubs.poll_wait(usual, feed.last_push_at, feed.hub_lease_until, now, missed=missed)
    shortest = min(max(policy.min_interval, asked or timedelta(0)), policy.max_interval)
    return wait, now + _jittered(wait, shortest, max(policy.max_interval, wait))


def _jittered(wait: timedelta, shortest: timedelta, longest: timedelta) -> timedelta:
    return with_jitter(wait, random.random(), shortest, longest)  # noqa: S311 (spreads polls)


def _rhythm(newest_at: datetime | None, mean_gap_s: int | None) -> PublishingRate:
    return PublishingRate(
        newest_at, timedelta(seconds=mean_gap_s) if mean_gap_s is not None else None
    )


def _newest(
    feed: FeedForPoll, document: PreparedFeed, changes: EntryChanges, now: datetime
) -> datetime | None:
    """When the feed last had something new: by its dates, or by our own eyes without any."""
    dates = [date for date in (feed.newest_at, document.newest_at) if date]
    if any(new.entry.published_at is None for new in changes.new):
        dates.append(now)
    return max(dates, default=None)


def _move(feed: FeedForPoll, permanent_url: str | None) -> tuple[str | None, str | None]:
    """(where to remember that it moved, where to poll from now on)."""
    if permanent_url is None or permanent_url == feed.url:
        return None, None
    return (None, permanent_url) if permanent_url == feed.moved_to else (permanent_url, None)
