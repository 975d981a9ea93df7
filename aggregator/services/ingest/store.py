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
from aggregator.process.analysis.analyze import worded
from aggregator.process.entries.changes import decide, identities
from aggregator.process.feeds import websub as hubs
from aggregator.process.feeds.health import MOST_DELAYS, failed_status
from aggregator.process.feeds.schedule import (
    LONGEST_BACKOFF,
    Policy,
    Rhythm,
    backoff,
    interval,
    with_jitter,
)
from aggregator.services.ingest.assign_stories import place_arrivals
from aggregator.services.ingest.index import ToIndex
from aggregator.services.ingest.match_topics import TopicMatcher
from aggregator.services.ingest.read_feed import Reading, Stored, unforeseen
from aggregator.services.ingest.websub import note_hub
from aggregator.storage.engine import Database
from aggregator.storage.entries import write as entries
from aggregator.storage.feeds import days, host_backoff, outcomes, pushes, websub
from aggregator.storage.search import indexing as index
from aggregator.types import (
    NO_WORDS,
    Arrived,
    ChangedEntry,
    EntryChanges,
    FeedDay,
    FeedFailure,
    FeedForPoll,
    NewEntry,
    PreparedFeed,
    PreparedPush,
)

log = logging.getLogger("marsad.polling")
C = TypeVar("C", NewEntry, ChangedEntry)

_UNADOPT_AFTER = 3
"""Failed polls after which an adopted address is given up for the configured one."""


def store(
    database: Database,
    readings: Sequence[Reading],
    policy: Policy,
    matcher: TopicMatcher | None = None,
) -> list[Stored]:
    """Store readings in one transaction, each document in a savepoint: one costs no other.

    `matcher` puts entries into topics; a process that stores often keeps one.
    """
    matcher = matcher or TopicMatcher()
    silent = [reading for reading in readings if reading.is_silent]
    others = [reading for reading in readings if not reading.is_silent]
    with database.store() as session:
        outcomes.record_unchanged(session, [_unchanged(reading, policy) for reading in silent])
        stored = [_store_alone(session, reading, policy, matcher) for reading in others]
        index.add(session, [each for one in stored for each in one.to_index])
        _place(session, [each for outcome in stored for each in outcome.arrived])
        stored += [Stored(reading.feed) for reading in silent]
        polled = zip((*others, *silent), stored, strict=True)
        days.count(
            session, [_day(*poll) for poll in polled if not (poll[1].lost or poll[1].put_off)]
        )
    return stored


def _place(session: Session, arrived: Sequence[Arrived]) -> None:
    """Find the stories of what arrived; what cannot be placed is tried again once a day.

    An article is never lost for its story.
    """
    if not arrived:
        return
    try:
        with session.connection().begin_nested():
            place_arrivals(session, arrived)
    except OperationalError:
        raise
    except Exception:  # the boundary of stories: the entries themselves stay
        log.exception("placing %d entries in stories failed in an unforeseen way", len(arrived))


def _day(reading: Reading, stored: Stored) -> tuple[int, FeedDay]:
    """One poll. What a feed had before it was first polled did not arrive that day."""
    arrived = stored.new if reading.feed.last_success_at else 0
    failures = 1 if stored.failure else 0
    polls = 1 if reading.pushes is None else 0
    return reading.feed.id, FeedDay(reading.read_at.date(), polls, failures, arrived)


def _store_alone(
    session: Session, reading: Reading, policy: Policy, matcher: TopicMatcher
) -> Stored:
    feed = reading.feed
    try:
        with session.connection().begin_nested():
            return _store(session, reading, policy, matcher)
    except LeaseLost:
        return Stored(feed, lost=True)
    except OperationalError:
        raise  # the database itself: not this feed's fault, the whole batch is polled again
    except Exception as error:  # the per-feed boundary: recorded on the feed
        instead = _without_documents(reading, error)
        if instead is None:
            raise
        log.exception("storing %s failed in an unforeseen way", feed.url)
    return _store_alone(session, instead, policy, matcher)


def _without_documents(reading: Reading, error: Exception) -> Reading | None:
    """What is stored instead: that the poll failed, or nothing of what the hub delivered."""
    if reading.pushes and any(push.document for push in reading.pushes):
        dropped = tuple(PreparedPush(push.id, None) for push in reading.pushes)
        return replace(reading, pushes=dropped)
    if reading.document is None:
        return None
    return Reading(reading.feed, reading.read_at, failure=unforeseen(error))


def _store(session: Session, reading: Reading, policy: Policy, matcher: TopicMatcher) -> Stored:
    feed = reading.feed
    if reading.pushes is not None:
        return _store_pushes(session, feed, reading.pushes, reading.read_at, matcher)
    if reading.put_off is not None:
        host_backoff.put_off(session, feed, reading.read_at + reading.put_off)
        return Stored(feed, put_off=True)
    if reading.document is None:
        failure = reading.failure or FeedFailure("internal", "nothing was read")
        _store_failure(session, feed, failure, reading.read_at, policy)
        return Stored(feed, failure=failure)
    to_index = ToIndex()
    changes, arrived = _store_entries(
        session, feed, reading.document, reading.read_at, matcher, to_index
    )
    _store_good(session, reading, reading.document, changes, policy)
    return Stored(
        feed, len(changes.new), len(changes.changed), to_index=to_index.entries, arrived=arrived
    )


def _store_pushes(
    session: Session,
    feed: FeedForPoll,
    delivered: Sequence[PreparedPush],
    now: datetime,
    matcher: TopicMatcher,
) -> Stored:
    """Store what the hub delivered; when the feed is polled next is left as it was."""
    documents = [push.document for push in delivered if push.document]
    new: list[NewEntry] = []
    arrived: list[Arrived] = []
    to_index = ToIndex()
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
        websub.note_push(session, feed.id, now)
    return Stored(feed, len(new), changed, to_index=to_index.entries, arrived=tuple(arrived))


def _store_entries(
    session: Session,
    feed: FeedForPoll,
    document: PreparedFeed,
    now: datetime,
    matcher: TopicMatcher,
    to_index: ToIndex,
) -> tuple[EntryChanges, tuple[Arrived, ...]]:
    keys = identities(document.entries)
    known = entries.known_entries(session, feed.id, keys, document.entries)
    deleted = entries.deleted_identities(session, feed.id, keys)
    changes = _worded(decide(document.entries, known, deleted, now), now)
    ids = entries.insert_entries(session, feed, changes.new, now)
    to_index.forget(session, changes.changed)
    entries.update_entries(session, changes.changed, now)
    new = list(zip(ids, changes.new, strict=True))
    matcher.join(session, feed.id, new, changes.changed, now)
    to_index.note(feed, new, changes.changed, now)
    arrived = [Arrived(id_, item.entry.story, item.entry.words.text) for id_, item in new]
    return changes, tuple(arrived)


def _worded(changes: EntryChanges, now: datetime) -> EntryChanges:
    """`changes` with the words of entries that looked known, but are new or edited."""
    return replace(
        changes,
        new=tuple(_with_words(item, now) for item in changes.new),
        changed=tuple(_with_words(item, now) for item in changes.changed),
    )


def _with_words(item: C, now: datetime) -> C:
    return replace(item, entry=worded(item.entry, now)) if item.entry.words == NO_WORDS else item


def _store_good(
    session: Session,
    reading: Reading,
    document: PreparedFeed,
    changes: EntryChanges,
    policy: Policy,
) -> None:
    feed, now = reading.feed, reading.read_at
    newest_at = _newest(feed, document, changes, now)
    rhythm = _rhythm(newest_at, document.mean_gap_s)
    asked = max((t for t in (reading.hints.fresh_for, document.ttl) if t), default=None)
    wait, next_poll_at = _next(policy, feed, rhythm, now, asked, missed=bool(changes.new))
    moved_to, adopted = _move(feed, reading.permanent_url)
    poll = outcomes.GoodPoll(
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
    outcomes.record_good(session, feed, poll)
    note_hub(session, feed, document, now)


def _delays(
    session: Session, feed: FeedForPoll, arrived: Sequence[NewEntry], now: datetime
) -> tuple[int, ...] | None:
    """How late the last entries came, those that just did included; None without any new ones."""
    dates = [new.entry.published_at for new in reversed(arrived)]
    late = [round((now - date).total_seconds()) for date in dates if date and date <= now]
    if not late or feed.last_success_at is None:
        return None
    return (*outcomes.recent_delays(session, feed.id), *late)[-MOST_DELAYS:]


def _unchanged(reading: Reading, policy: Policy) -> tuple[FeedForPoll, outcomes.UnchangedPoll]:
    feed, now = reading.feed, reading.read_at
    rhythm = _rhythm(feed.newest_at, feed.mean_gap_s)
    wait, next_poll_at = _next(policy, feed, rhythm, now, reading.hints.fresh_for)
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
    session: Session, feed: FeedForPoll, failure: FeedFailure, now: datetime, policy: Policy
) -> None:
    failures = feed.failures + 1
    wait = backoff(policy, failures, failure.retry_after)
    shortest = max(policy.min_interval, failure.retry_after or timedelta(0))
    outcomes.record_failure(
        session,
        feed,
        failure,
        status=failed_status(failure),
        polled_at=now,
        next_poll_at=now + _jittered(wait, shortest, LONGEST_BACKOFF),
        not_before=now + failure.retry_after if failure.retry_after else None,
        drop_adopted=failures >= _UNADOPT_AFTER or failure.kind == "gone",
    )
    if failure.authority and failure.retry_after:
        host_backoff.hold_host(session, failure.authority, now + failure.retry_after)


def _next(
    policy: Policy,
    feed: FeedForPoll,
    rhythm: Rhythm,
    now: datetime,
    asked: timedelta | None,
    *,
    missed: bool = False,
) -> tuple[timedelta, datetime]:
    """The wait after a good poll, and when that is over; never before `asked`.

    `missed`: the poll found what a hub, if there is one, had not delivered.
    """
    usual = interval(policy, rhythm, now, asked)
    wait = hubs.poll_wait(usual, feed.last_push_at, feed.hub_lease_until, now, missed=missed)
    shortest = min(max(policy.min_interval, asked or timedelta(0)), policy.max_interval)
    return wait, now + _jittered(wait, shortest, max(policy.max_interval, wait))


def _jittered(wait: timedelta, shortest: timedelta, longest: timedelta) -> timedelta:
    return with_jitter(wait, random.random(), shortest, longest)  # noqa: S311 (spreads polls)


def _rhythm(newest_at: datetime | None, mean_gap_s: int | None) -> Rhythm:
    return Rhythm(newest_at, timedelta(seconds=mean_gap_s) if mean_gap_s is not None else None)


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
