"""The first two passes over a batch of polls: decide what changes, analyze what is written.

Neither holds the write lock: known entries are read in a read session, words are found after it is
closed. `store` then writes what is decided, unless the database has changed in the meantime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aggregator.boundary import Boundary
from aggregator.process.analysis.analyze import analyze
from aggregator.process.entries.changes import decide_in_order
from aggregator.process.entries.digests import unpack_records
from aggregator.process.entries.identities import candidate_identities
from aggregator.process.entries.matching import unclear_entries, unsettled_entries
from aggregator.process.revisions.plan import plan_revision
from aggregator.services.ingest.match_topics import TopicMatch, TopicMatcher
from aggregator.services.ingest.read_feed import PollResult, failed_result
from aggregator.storage.engine import Database
from aggregator.storage.entries import revisions
from aggregator.storage.entries import write as entries
from aggregator.storage.entries.duplicates import Likenesses, find_likenesses
from aggregator.storage.feeds import leases
from aggregator.storage.feeds.leases import FeedState
from aggregator.storage.search import indexing
from aggregator.storage.search.indexing import IndexDocument, StoredEntry
from aggregator.types import (
    EMPTY_DOCUMENT,
    ChangedEntry,
    EntryChanges,
    EntryText,
    NewEntry,
    NewRevision,
)

# Characters of an entry that is written as quickly as most.
_ORDINARY_LENGTH = 8000
# What writing the outcome of a poll takes, in such entries.
_POLL_SIZE = 1
Item = TypeVar("Item", NewEntry, ChangedEntry)


@dataclass(frozen=True, slots=True)
class DecidedPoll:
    """A poll with what it changes, as far as the database was read."""

    result: PollResult
    state: FeedState | None = None
    """The feed's when its entries were compared; None if it is gone or nothing was compared."""
    changes: EntryChanges = field(default_factory=EntryChanges)
    rules_version: int = 0
    topics: Mapping[int, Sequence[TopicMatch]] = field(default_factory=dict)
    """Topics of new and edited entries, by the identity that they are stored under."""
    indexed: Mapping[int, IndexDocument] = field(default_factory=dict)
    """Changed entries by id, as the index holds them until they are written."""
    revisions: Mapping[int, NewRevision] = field(default_factory=dict)
    """What to keep of changed entries before they are overwritten, by their ids."""
    likenesses: Likenesses = field(default_factory=dict)
    """Which entries at the same addresses say the same, as far as they were stored."""
    is_part: bool = False
    """Whether more of the poll is to be written after it."""
    stored: Sequence[NewEntry] = ()
    """New entries of the same poll that are written already."""

    @property
    def size(self) -> int:
        """How much there is to write, in entries of an ordinary length."""
        new, changed = self.changes.new, self.changes.changed
        return _POLL_SIZE + sum(map(entry_size, new)) + sum(map(entry_size, changed))


def entry_size(item: NewEntry | ChangedEntry) -> int:
    """Return how many entries of an ordinary length take as long to write."""
    return 1 + len(item.entry.words.text) // _ORDINARY_LENGTH


def decide(
    database: Database, results: Sequence[PollResult], matcher: TopicMatcher
) -> list[DecidedPoll]:
    """Compare polled documents with what is stored, and analyze what is new or changed.

    A feed whose documents cannot be compared or analyzed is decided as a failed poll; what the
    database itself raises concerns the whole batch.
    """
    feed_ids = [result.feed.id for result in results if result.documents]
    if not feed_ids:
        return [DecidedPoll(result) for result in results]
    with database.read() as session:
        matcher.refresh(session, feed_ids)
        states = leases.feed_states(session, feed_ids)
        polls = [
            _decide_poll(session, result, states.get(result.feed.id), matcher.rules_version)
            for result in results
        ]
        changed = [item for poll in polls for item in poll.changes.changed]
        stored = {
            row.id: row for row in indexing.stored_entries(session, [item.id for item in changed])
        }
        former = revisions.last_deltas(session, changed)
    return [_analyze_poll(poll, matcher, stored, former) for poll in polls]


def decide_changes(session: Session, result: PollResult) -> EntryChanges:
    """Compare the documents of one poll with the stored entries of its feed."""
    documents = [document.entries for document in result.documents]
    unchanged = {record.identity for record in unpack_records(result.unchanged)}
    everything = [entry for document in documents for entry in document]
    if not everything:
        return EntryChanges(same=len(unchanged))
    keys = candidate_identities(everything)
    known = entries.named_entries(session, result.feed.id, keys)
    if unsettled := unsettled_entries(everything, known):
        known += entries.similar_entries(session, result.feed, unsettled)
        unclear = [row for row in known if row.identity not in unchanged]
        known = entries.with_wordings(session, known, unclear_entries(everything, unclear))
    deleted = entries.deleted_identities(session, result.feed.id, keys)
    return decide_in_order(documents, known, deleted, result.read_at, unchanged)


def _decide_poll(
    session: Session, result: PollResult, state: FeedState | None, rules_version: int
) -> DecidedPoll:
    if not result.documents:
        return DecidedPoll(result)
    with Boundary(f"comparing {result.feed.url}", passing=(SQLAlchemyError,)) as boundary:
        changes = decide_changes(session, result)
        new = [item.entry for item in changes.new]
        likenesses = find_likenesses(session, result.feed.id, new, result.read_at)
        return DecidedPoll(result, state, changes, rules_version, likenesses=likenesses)
    return DecidedPoll(failed_result(result, boundary.error))


def _analyze_poll(
    poll: DecidedPoll,
    matcher: TopicMatcher,
    stored: Mapping[int, StoredEntry],
    former: Mapping[int, bytes],
) -> DecidedPoll:
    """Add the words, topics, story features and former versions of what is to be written."""
    changes = poll.changes
    if not (changes.new or changes.changed):
        return poll
    with Boundary(f"analyzing {poll.result.feed.url}") as boundary:
        changes = replace(
            changes,
            new=tuple(_with_words(item, poll.result) for item in changes.new),
            changed=tuple(_with_words(item, poll.result) for item in changes.changed),
        )
        return replace(
            poll,
            changes=changes,
            topics=matcher.match(poll.result.feed.id, changes, poll.result.read_at),
            indexed={
                item.id: indexing.to_document(stored[item.id])
                for item in changes.changed
                if item.id in stored
            },
            revisions=_plan_revisions(changes, stored, former),
        )
    return DecidedPoll(failed_result(poll.result, boundary.error))


def _plan_revisions(
    changes: EntryChanges, stored: Mapping[int, StoredEntry], former: Mapping[int, bytes]
) -> dict[int, NewRevision]:
    """What to keep of changed entries: what they said, if that is not what they say now."""
    found = {}
    for item in changes.changed:
        row, new = stored.get(item.id), item.entry
        if row is None:
            continue
        before = EntryText(row.title, row.summary, row.content or "")
        after = EntryText(new.title, new.summary, new.content)
        plan = plan_revision(before, after, item.revision_count, former.get(item.id))
        if plan is not None:
            found[item.id] = plan
    return found


def _with_words(item: Item, result: PollResult) -> Item:
    """Analyze an entry that looked known to the parser, but is new or changed."""
    if item.entry.words != EMPTY_DOCUMENT:
        return item
    return replace(item, entry=analyze(item.entry, result.read_at))
