"""What is to be indexed: of a document that is being stored; older entries in the background."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.storage.engine import Database
from aggregator.storage.search import indexing, vocabulary
from aggregator.storage.search.indexing import IndexDocument
from aggregator.types import ChangedEntry, FeedForPoll, NewEntry, PreparedEntry

log = logging.getLogger("marsad.search")

CHUNK = 100
"""Entries of one transaction: polling never waits long for it."""
_MOST_PAUSE_S = 0.5


class IndexBatch:
    """What of one feed is to be found from now on; indexed at once for a whole batch of feeds.

    FTS5 writes to the disk at each savepoint, and each feed is stored in one.
    """

    def __init__(self) -> None:
        self._entries: dict[int, IndexDocument] = {}
        self._published: dict[int, datetime] = {}
        """When edited entries were published, of those that were indexed."""

    @property
    def entries(self) -> tuple[IndexDocument, ...]:
        """All of it."""
        return tuple(self._entries.values())

    def remove_changed(self, session: Session, changed: Sequence[ChangedEntry]) -> None:
        """Take out of the index, while it is still as it was, what is going to be changed."""
        self._published |= indexing.remove(session, [each.id for each in changed])

    def note(
        self,
        feed: FeedForPoll,
        new: Sequence[tuple[int, NewEntry]],
        changed: Sequence[ChangedEntry],
        now: datetime,
    ) -> None:
        """Remember what has been stored. What waits to be indexed anyway is left to that."""
        for id_, item in new:
            self._put(feed, id_, item.entry, min(item.entry.published_at or now, now))
        for each in changed:
            known = self._entries.get(each.id)
            published_at = known.published_at if known else self._published.get(each.id)
            if published_at is not None:
                self._put(feed, each.id, each.entry, published_at)

    def _put(
        self, feed: FeedForPoll, id_: int, entry: PreparedEntry, published_at: datetime
    ) -> None:
        self._entries[id_] = IndexDocument(
            id_, feed.source_id, feed.id, published_at, entry.language, entry.words
        )


def index_backlog(
    database: Database,
    stop: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Index everything that is not yet; how many entries that was.

    Words are made before the transaction begins, and as much time is left to others as was taken.
    Killed at any point, it goes on where it was: how far it is stands in the database.
    """
    with database.write_exclusive() as session:
        if indexing.reset_if_outdated(session):
            log.info("the search index is made anew")
    done = 0
    while not stop():
        started = time.monotonic()
        with database.read() as session:
            waiting = indexing.find_backlog(session, CHUNK)
        if waiting is None:
            break
        with database.write_exclusive() as session:
            done += indexing.index_backlog(session, waiting)
        pause(min(time.monotonic() - started, _MOST_PAUSE_S))
    if done:
        log.info("search: %d older entries indexed", done)
    return done


def update_vocabulary(
    database: Database,
    stop: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Count the words of entries that arrived since the last time; how many entries that were."""
    done = 0
    while not stop():
        started = time.monotonic()
        with database.write_exclusive() as session:
            learned = vocabulary.count_new_words(session, CHUNK)
        done += learned
        if learned < CHUNK:
            break
        pause(min(time.monotonic() - started, _MOST_PAUSE_S))
    return done


def maintain_index(database: Database, stop: Callable[[], bool] = lambda: False) -> None:
    """What a poller does for searching from time to time."""
    index_backlog(database, stop)
    update_vocabulary(database, stop)
