"""The third pass over a batch of polls: write what is decided, in one short transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from aggregator.errors import LeaseLost
from aggregator.process.entries.changes import confirm_changes
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest.assign_stories import assign_stories
from aggregator.services.ingest.decide import DecidedPoll, decide, decide_changes
from aggregator.services.ingest.index import changed_documents, new_documents, update_index
from aggregator.services.ingest.match_topics import TopicMatcher, update_memberships
from aggregator.services.ingest.read_feed import PollOutcome, PollResult, failed_result
from aggregator.services.ingest.record_poll import (
    poll_day,
    record_failure,
    record_push,
    record_success,
)
from aggregator.services.ingest.store_unchanged import record_unchanged
from aggregator.storage.engine import Database, first_error
from aggregator.storage.entries import write as entries
from aggregator.storage.feeds import days, host_backoff, leases
from aggregator.storage.feeds.leases import FeedState
from aggregator.storage.search.indexing import IndexDocument
from aggregator.storage.topics import topics
from aggregator.types import FeedFailure, NewEntry, UnplacedEntry

log = logging.getLogger("marsad.polling")

# Passes over a feed that others keep changing before it is left to its next poll.
MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class StoredPoll:
    """A poll that is written: its outcome, and its new entries with their ids."""

    poll: DecidedPoll
    outcome: PollOutcome
    new: Sequence[tuple[int, NewEntry]] = ()


class StaleDecision(Exception):
    """The database changed after a poll was decided: what to write has to be analyzed first."""


def store(
    database: Database,
    results: Sequence[PollResult],
    policy: PollPolicy,
    matcher: TopicMatcher | None = None,
) -> list[PollOutcome]:
    """Store polls: decide and analyze with no lock held, then write all in one transaction.

    Each feed is written in a savepoint, so that its fault costs no other. A feed whose entries
    others changed in between goes through all passes again. `matcher` finds the topics of entries;
    a process that stores often keeps one. Raises what the database raises for the whole batch.
    """
    matcher = matcher or TopicMatcher()
    stored: list[PollOutcome] = []
    pending = list(results)
    for _ in range(MAX_ATTEMPTS):
        decided = decide(database, pending, matcher)
        written = _write(database, decided, policy)
        stored += [each.outcome for each in written if each is not None]
        pending = [result for result, each in zip(pending, written, strict=True) if each is None]
        if not pending:
            break
    for result in pending:
        log.warning("%s kept changing while it was stored; it is polled again", result.feed.url)
        stored.append(PollOutcome(result.feed, lost=True))
    return stored


def _write(
    database: Database, polls: Sequence[DecidedPoll], policy: PollPolicy
) -> list[StoredPoll | None]:
    """Write a batch; None in the place of a poll that has to be decided again."""
    compared = [poll.result.feed.id for poll in polls if poll.result.documents]
    unchanged = [poll.result for poll in polls if poll.result.is_unchanged]
    with database.write_exclusive() as session:
        states = leases.feed_states(session, compared) if compared else {}
        rules_version = topics.rules_version(session) if compared else 0
        record_unchanged(session, unchanged, policy)
        written = [
            StoredPoll(poll, PollOutcome(poll.result.feed))
            if poll.result.is_unchanged
            else _write_in_savepoint(session, poll, states, rules_version, policy)
            for poll in polls
        ]
        stored = [each for each in written if each is not None]
        _index(session, stored)
        _assign_stories(session, stored)
        counted = [each for each in stored if not (each.outcome.lost or each.outcome.deferred)]
        days.add_polls(session, [poll_day(each.poll.result, each.outcome) for each in counted])
    return written


def _write_in_savepoint(
    session: Session,
    poll: DecidedPoll,
    states: Mapping[int, FeedState],
    rules_version: int,
    policy: PollPolicy,
) -> StoredPoll | None:
    """Write one poll; what cannot be written of it is recorded as a failure of its feed."""
    result = poll.result
    try:
        with session.connection().begin_nested():
            if result.documents:
                poll = _confirm(session, poll, states.get(result.feed.id), rules_version)
            return _write_poll(session, poll, policy)
    except LeaseLost:
        return StoredPoll(poll, PollOutcome(result.feed, lost=True))
    except StaleDecision:
        return None
    except OperationalError as error:
        # The database itself: not this feed's fault, the whole batch is polled again.
        raise first_error(error) from None
    except Exception as error:  # the per-feed boundary: recorded on the feed
        if isinstance(error, IntegrityError) and _is_outdated(session, poll):
            return None
        if not result.documents:
            raise
        log.exception("storing %s failed in an unforeseen way", result.feed.url)
        poll = DecidedPoll(failed_result(result, error))
    return _write_in_savepoint(session, poll, states, rules_version, policy)


def _confirm(
    session: Session, poll: DecidedPoll, state: FeedState | None, rules_version: int
) -> DecidedPoll:
    """Return `poll` as it may be written now; raises `LeaseLost` or `StaleDecision`."""
    feed = poll.result.feed
    if state is None or state.lease != feed.lease:
        raise LeaseLost(feed.id)
    if rules_version != poll.rules_version and (poll.changes.new or poll.changes.changed):
        raise StaleDecision
    if state == poll.state:
        return poll
    changes = confirm_changes(poll.changes, decide_changes(session, poll.result))
    if changes is None:
        raise StaleDecision
    return replace(poll, changes=changes)


def _is_outdated(session: Session, poll: DecidedPoll) -> bool:
    """Whether somebody who did not hold the lease stored entries of the same feed."""
    changes = confirm_changes(poll.changes, decide_changes(session, poll.result))
    return changes != poll.changes


def _write_poll(session: Session, poll: DecidedPoll, policy: PollPolicy) -> StoredPoll:
    result, feed = poll.result, poll.result.feed
    if result.deferred_for is not None:
        host_backoff.defer_feed(session, feed, result.read_at + result.deferred_for)
        return StoredPoll(poll, PollOutcome(feed, deferred=True))
    if result.document is None and result.pushes is None:
        failure = result.failure or FeedFailure("internal", "nothing was read")
        record_failure(session, feed, failure, result.read_at, policy)
        return StoredPoll(poll, PollOutcome(feed, failure=failure))
    changes = poll.changes
    new = entries.write_changes(session, feed, changes, result.read_at)
    update_memberships(session, new, changes.changed, poll.topics)
    if result.document is not None:
        record_success(session, result, result.document, changes, policy)
    else:
        record_push(session, result, changes)
    outcome = PollOutcome(feed, len(changes.new), len(changes.changed) + changes.rewritten)
    return StoredPoll(poll, outcome, new)


def _index(session: Session, stored: Sequence[StoredPoll]) -> None:
    """Index a whole batch at once: FTS5 writes to the disk at each savepoint."""
    new: list[IndexDocument] = []
    changed: list[IndexDocument] = []
    before: dict[int, IndexDocument] = {}
    for each in stored:
        result, changes = each.poll.result, each.poll.changes
        new += new_documents(result.feed, each.new, result.read_at)
        if each.outcome.changed:
            changed += changed_documents(result.feed, changes.changed)
            before |= each.poll.indexed
    update_index(session, new, changed, before)


def _assign_stories(session: Session, stored: Sequence[StoredPoll]) -> None:
    """Find the stories of new entries; what fails is tried again once a day.

    No entry is lost because its story cannot be found.
    """
    arrived = [
        UnplacedEntry(id_, item.entry.story, item.entry.words.text)
        for each in stored
        for id_, item in each.new
    ]
    if not arrived:
        return
    try:
        with session.connection().begin_nested():
            assign_stories(session, arrived)
    except OperationalError as error:
        raise first_error(error) from None
    except Exception:  # the boundary of stories: the entries themselves stay
        log.exception("placing %d entries in stories failed in an unforeseen way", len(arrived))
