"""What the index is to hold: of a batch that is being stored; older entries in the background."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.storage.engine import Database
from aggregator.storage.search import indexing, vocabulary
from aggregator.storage.search.indexing import IndexDocument
from aggregator.types import ChangedEntry, FeedForPoll, NewEntry, PreparedEntry

log = logging.getLogger("marsad.search")

# Entries of one transaction: nobody waits long for it.
CHUNK = 40
# The same where words are counted: an entry has fifty that are new to its chunk.
_COUNTED = 10
_MAX_PAUSE_S = 0.5


def new_documents(
    feed: FeedForPoll, stored: Sequence[tuple[int, NewEntry]], now: datetime
) -> list[IndexDocument]:
    """New entries, with their ids, as they are indexed."""
    return [
        _document(feed, id_, item.entry, min(item.entry.published_at or now, now))
        for id_, item in stored
    ]


def changed_documents(feed: FeedForPoll, changed: Sequence[ChangedEntry]) -> list[IndexDocument]:
    """Changed entries as they are indexed from now on."""
    return [_document(feed, item.id, item.entry, item.published_at) for item in changed]


def _document(
    feed: FeedForPoll, id_: int, entry: PreparedEntry, published_at: datetime
) -> IndexDocument:
    return IndexDocument(id_, feed.source_id, feed.id, published_at, entry.language, entry.words)


def update_index(
    session: Session,
    new: Sequence[IndexDocument],
    changed: Sequence[IndexDocument],
    before: Mapping[int, IndexDocument],
) -> None:
    """Index a batch of stored feeds at once: FTS5 writes to the disk at each savepoint.

    `before` are the changed entries by id, as they were indexed; those that are not indexed yet
    are left to `index_backlog`.
    """
    outdated = [before[item.id] for item in changed if item.id in before]
    indexed = indexing.remove_documents(session, outdated)
    indexing.add(session, [*new, *(item for item in changed if item.id in indexed)])


def index_backlog(
    database: Database,
    stop: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Index all entries that are not indexed yet and return how many there were.

    Texts are analyzed before each transaction, and a pause as long as the work leaves the database
    to others. Progress is stored: a run that was killed is resumed by the next.
    """
    with database.write_exclusive() as session:
        if indexing.reset_if_outdated(session):
            log.info("rebuilding the search index for a new tokenizer")
    done = 0
    while not stop():
        started = time.monotonic()
        with database.read() as session:
            waiting = indexing.find_backlog(session, CHUNK)
        if waiting is None:
            break
        with database.write_exclusive() as session:
            done += indexing.index_backlog(session, waiting)
        pause(min(time.monotonic() - started, _MAX_PAUSE_S))
    if done:
        log.info("search: %d older entries indexed", done)
    return done


def update_vocabulary(
    database: Database,
    stop: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Count the words of entries that arrived since the last run; return how many entries."""
    done = 0
    while not stop():
        started = time.monotonic()
        with database.write_exclusive() as session:
            learned = vocabulary.count_new_words(session, _COUNTED)
        done += learned
        if learned < _COUNTED:
            break
        pause(min(time.monotonic() - started, _MAX_PAUSE_S))
    return done


def maintain_index(database: Database, stop: Callable[[], bool] = lambda: False) -> None:
    """Index the backlog and count new words: a poller's regular upkeep of search."""
    index_backlog(database, stop)
    update_vocabulary(database, stop)
