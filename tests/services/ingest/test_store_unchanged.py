"""A batch without news is stored like any other, by less code."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.services.ingest.store import store
from aggregator.services.ingest.store_unchanged import store_unchanged
from aggregator.storage.engine import Database
from aggregator.storage.models import FeedDay
from aggregator.types import CacheHints
from tests.builders import NOW, claim_feed, feed_row, make_feed, make_source
from tests.services.ingest.polls import POLICY


@pytest.mark.parametrize("write", [store, store_unchanged])
def test_feeds_and_their_day_are_brought_up_to_date(database: Database, write) -> None:
    with database.write() as session:
        source = make_source(session)
        ids = [make_feed(session, source, f"https://{name}.example/") for name in "ab"]
        held = [claim_feed(session, id_) for id_ in ids]
    results = [PollResult(feed, NOW, CacheHints(etag='"2"'), took_s=0.5) for feed in held]
    assert write(database, results, POLICY) == [PollOutcome(feed) for feed in held]
    for row in (feed_row(database, id_) for id_ in ids):
        assert (row.last_polled_at, row.etag, row.lease) == (NOW, '"2"', None)
        assert row.next_poll_at > NOW
    with database.read() as session:
        days = session.execute(select(FeedDay.feed_id, FeedDay.day, FeedDay.polls)).all()
    assert sorted(map(tuple, days)) == [(id_, NOW.date(), 1) for id_ in ids]
