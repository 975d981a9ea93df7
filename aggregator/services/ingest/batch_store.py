"""Store batch after batch, with what is known from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.services.ingest.store_unchanged import store_unchanged
from aggregator.storage.engine import Database

if TYPE_CHECKING:
    from aggregator.services.ingest.match_topics import TopicMatcher
    from aggregator.services.ingest.transaction_size import TransactionSize
    from aggregator.storage.stories.window import WindowCache


class BatchStore:
    """Stores the polls of one process; not thread-safe.

    What the first news needs is imported with it: words, topics and stories take a seventh of a
    second.
    """

    def __init__(self, database: Database, policy: PollPolicy) -> None:
        self._database = database
        self._policy = policy

    def store(self, batch: Sequence[PollResult]) -> list[PollOutcome]:
        """Store what was read, and the outcome of each poll, in the order of `batch`."""
        if all(result.is_unchanged for result in batch):
            return store_unchanged(self._database, batch, self._policy)
        from aggregator.services.ingest.store import store

        return store(self._database, batch, self._policy, self._matcher, self._window, self._size)

    @cached_property
    def _matcher(self) -> TopicMatcher:
        """The rules of all topics, read once."""
        from aggregator.services.ingest.match_topics import TopicMatcher

        return TopicMatcher()

    @cached_property
    def _window(self) -> WindowCache:
        """What new entries were last compared with."""
        from aggregator.storage.stories.window import WindowCache

        return WindowCache()

    @cached_property
    def _size(self) -> TransactionSize:
        """How much a transaction may write, as far as this process knows."""
        from aggregator.services.ingest.transaction_size import TransactionSize

        return TransactionSize()
