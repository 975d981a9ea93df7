"""The third pass over a batch of polls: write what is decided, in short transactions.

A poll with many entries is written in parts, each in a transaction of its own. The last one has the
outcome and the validators: after a crash before it, the feed is polled again, and what is stored is
then known.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from aggregator.boundary import Boundary
from aggregator.errors import LeaseLost
from aggregator.process.entries.changes import (
    confirm_changes,
    only_part,
    take_part,
    without_part,
)
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.runtime.failure_log import DATABASE_FAILURES
from aggregator.services.ingest.assign_stories import assign_arrived
from aggregator.services.ingest.decide import DecidedPoll, decide, decide_changes, entry_size
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
from aggregator.services.ingest.transaction_size import MIN_ENTRIES, TransactionSize
from aggregator.storage.engine import Database, first_error
from aggregator.storage.entries import revisions
from aggregator.storage.entries import write as entries
from aggregator.storage.feeds import days, host_backoff, leases, outcomes
from aggregator.storage.feeds.leases import FeedState
from aggregator.storage.readers.subscriptions import mark_archive_read
from aggregator.storage.search.indexing import IndexDocument
from aggregator.storage.stories.window import WindowCache
from aggregator.storage.topics import topics
from aggregator.types import (
    ChangedEntry,
    EntryChanges,
    FeedFailure,
    FeedForPoll,
    NewEntry,
    UnplacedEntry,
)

log = logging.getLogger("marsad.polling")

# What one transaction writes for those who store once.
TRANSACTION_SIZE = MIN_ENTRIES
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


# Errors of writing a poll that say something else than that its feed is at fault.
_EXPECTED = (LeaseLost, StaleDecision, IntegrityError, OperationalError)


def store(
    database: Database,
    results: Sequence[PollResult],
    policy: PollPolicy,
    matcher: TopicMatcher | None = None,
    cache: WindowCache | None = None,
    size: TransactionSize | None = None,
) -> list[PollOutcome]:
    """Store polls: decide and analyze with no lock held, then write in short transactions.

    Each feed is written in a savepoint, so that its fault costs no other. A feed whose entries
    others changed in between goes through all passes again. `matcher` finds the topics of entries,
    `cache` helps to find their stories, `size` learns how much a transaction may write; a process
    that stores often keeps all three. Raises what the database raises; what earlier transactions
    have stored stays.
    """
    matcher, cache = matcher or TopicMatcher(), cache or WindowCache()
    size = size or TransactionSize(TRANSACTION_SIZE)
    stored: list[StoredPoll] = []
    pending = list(results)
    for _ in range(MAX_ATTEMPTS):
        decided = decide(database, pending, matcher)
        written = list(_write(database, decided, policy, cache, size))
        stored += written
        done = {id(each.poll.result.feed) for each in written if not each.poll.is_part}
        pending = [result for result in pending if id(result.feed) not in done]
        if not pending:
            break
    for result in pending:
        log.warning(
            "%s kept changing while it was stored; it is polled again",
            result.feed.url,
            extra={"source": result.feed.source_slug},
        )
        stored.append(StoredPoll(DecidedPoll(result), PollOutcome(result.feed, lost=True)))
    return _outcomes(results, stored)


def _outcomes(results: Sequence[PollResult], stored: Sequence[StoredPoll]) -> list[PollOutcome]:
    """The outcome of each poll: that of its last part, with the entries of all."""
    by_feed: dict[int, list[PollOutcome]] = defaultdict(list)
    for each in stored:
        by_feed[id(each.poll.result.feed)].append(each.outcome)
    return [
        replace(
            by_feed[id(result.feed)][-1],
            new=sum(part.new for part in by_feed[id(result.feed)]),
            changed=sum(part.changed for part in by_feed[id(result.feed)]),
        )
        for result in results
    ]


def _write(
    database: Database,
    polls: Sequence[DecidedPoll],
    policy: PollPolicy,
    cache: WindowCache,
    size: TransactionSize,
) -> Iterator[StoredPoll]:
    """Write a batch, one short transaction after the other; yield what was written.

    A poll that has to be decided again is left out from there on.
    """
    waiting = deque(polls)
    while waiting:
        group = _next_group(waiting, size.entries)
        written = _write_group(database, group, policy, size)
        stored = [each for each in written if each is not None]
        _assign_stories(database, stored, cache, size)
        yield from stored
        if group[-1].is_part:
            _continue(waiting, group[-1], written[-1])


def _next_group(waiting: deque[DecidedPoll], size: int) -> list[DecidedPoll]:
    """Take what one transaction writes; the last poll may be a part, its rest waits."""
    group: list[DecidedPoll] = []
    left = size
    while waiting and (left > 0 or not group):
        poll = waiting.popleft()
        if group and left < poll.size <= size:
            waiting.appendleft(poll)  # whole, in the next one
            break
        if poll.size > left:
            part = take_part(poll.changes, left, entry_size)
            rest = without_part(poll.changes, part)
            if rest.new or rest.changed:
                waiting.appendleft(replace(poll, changes=rest))
                return [*group, replace(poll, changes=part, is_part=True)]
        group.append(poll)
        left -= poll.size
    return group


def _continue(waiting: deque[DecidedPoll], part: DecidedPoll, written: StoredPoll | None) -> None:
    """Prepare the rest of a poll to be written, or drop it if its part was not."""
    rest = waiting.popleft()
    if written is None or not written.poll.is_part or part.state is None:
        return
    count = part.state.entry_count + written.outcome.new
    stored = (*(item for _, item in written.new), *part.stored)
    waiting.appendleft(replace(rest, state=part.state._replace(entry_count=count), stored=stored))


def _write_group(
    database: Database, polls: Sequence[DecidedPoll], policy: PollPolicy, size: TransactionSize
) -> list[StoredPoll | None]:
    """Write polls in one transaction; None in the place of one that has to be decided again."""
    compared = [poll.result.feed.id for poll in polls if poll.result.documents]
    unchanged = [poll.result for poll in polls if poll.result.is_unchanged]
    with database.write_exclusive() as session:
        session.connection()
        locked_at = time.monotonic()
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
        counted = [each for each in stored if not (each.outcome.lost or each.outcome.deferred)]
        polled = [
            poll_day(each.poll.result, each.outcome, is_part=each.poll.is_part) for each in counted
        ]
        days.add_polls(session, polled)
    size.note(sum(poll.size for poll in polls), time.monotonic() - locked_at)
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
    # Without documents there is nothing of the feed's own that could be at fault.
    passing = _EXPECTED if result.documents else (Exception,)
    try:
        with (
            Boundary(f"storing {result.feed.url}", passing) as boundary,
            session.connection().begin_nested(),
        ):
            if result.documents:
                poll = _confirm(session, poll, states.get(result.feed.id), rules_version)
            return _write_poll(session, poll, policy)
        failure = boundary.error
    except LeaseLost:
        return StoredPoll(replace(poll, is_part=False), PollOutcome(result.feed, lost=True))
    except StaleDecision:
        return None
    except OperationalError as error:
        # The database itself: not this feed's fault, the whole batch is polled again.
        raise first_error(error) from None
    except IntegrityError as error:
        if _is_outdated(session, poll):
            return None
        if not result.documents:
            raise
        log.exception(
            "storing %s failed in an unforeseen way",
            result.feed.url,
            extra={"source": result.feed.source_slug},
        )
        failure = error
    failed = DecidedPoll(failed_result(result, failure))
    return _write_in_savepoint(session, failed, states, rules_version, policy)


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
    changes = _current_changes(session, poll)
    if changes is None:
        raise StaleDecision
    return replace(poll, changes=changes)


def _current_changes(session: Session, poll: DecidedPoll) -> EntryChanges | None:
    """What of `poll` is still to be written; None if there is more, without words."""
    current = decide_changes(session, poll.result)
    if poll.is_part:
        current = only_part(current, poll.changes)
    return confirm_changes(poll.changes, current)


def _is_outdated(session: Session, poll: DecidedPoll) -> bool:
    """Whether somebody who did not hold the lease stored entries of the same feed."""
    changes = _current_changes(session, poll)
    return changes is None or _entries(changes) != _entries(poll.changes)


def _entries(changes: EntryChanges) -> tuple[Sequence[NewEntry], Sequence[ChangedEntry]]:
    return changes.new, changes.changed


def _write_poll(session: Session, poll: DecidedPoll, policy: PollPolicy) -> StoredPoll:
    result, feed = poll.result, poll.result.feed
    if result.deferred_for is not None:
        host_backoff.defer_feed(session, feed, result.read_at + result.deferred_for)
        return StoredPoll(poll, PollOutcome(feed, deferred=True))
    if result.is_offline:
        leases.postpone(session, feed, result.read_at + policy.min_interval)
        return StoredPoll(poll, PollOutcome(feed, deferred=True))
    if result.document is None and result.pushes is None:
        failure = result.failure or FeedFailure("internal", "nothing was read")
        record_failure(session, feed, failure, result.read_at, policy)
        return StoredPoll(poll, PollOutcome(feed, failure=failure))
    changes = poll.changes
    new = entries.write_changes(session, feed, changes, result.read_at, poll.likenesses)
    revisions.write_revisions(
        session, feed.source_id, changes.changed, poll.revisions, result.read_at
    )
    revisions.note_returned(session, changes.returned)
    update_memberships(session, new, changes.changed, poll.topics)
    everything = replace(changes, new=(*changes.new, *poll.stored))
    if poll.is_part:
        outcomes.record_part(session, feed, len(new))
    elif result.document is not None:
        record_success(session, result, result.document, everything, policy, len(poll.stored))
        if feed.last_success_at is None:
            _mark_archive_read(session, feed, everything.new)
    else:
        record_push(session, result, everything, len(poll.stored))
    outcome = PollOutcome(feed, len(changes.new), len(changes.changed) + changes.rewritten)
    return StoredPoll(poll, outcome, new)


def _mark_archive_read(session: Session, feed: FeedForPoll, new: Sequence[NewEntry]) -> None:
    dated = [item.entry.published_at for item in new if item.entry.published_at]
    if dated:
        mark_archive_read(session, feed.source_id, min(dated))


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


def _assign_stories(
    database: Database, stored: Sequence[StoredPoll], cache: WindowCache, size: TransactionSize
) -> None:
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
        with Boundary(f"placing {len(arrived)} entries in stories", passing=(OperationalError,)):
            assign_arrived(database, arrived, cache, size)
    except OperationalError as error:
        # The database itself. The entries are stored, so these polls are not lost.
        DATABASE_FAILURES.failed("assign_stories", getattr(error, "orig", None) or error)
    else:
        DATABASE_FAILURES.worked("assign_stories")
