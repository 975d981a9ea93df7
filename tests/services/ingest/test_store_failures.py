"""What cannot be stored costs its feed one poll, and no other feed anything."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from aggregator.services.ingest.read_feed import PollResult
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from aggregator.types import FeedFailure, FeedForPoll
from tests.builders import NOW, a_document, an_entry, feed_row, make_feed, make_source
from tests.services.ingest.polls import POLICY, claim, poll, result_of, titles

URL = "https://hespress.example/feed"
# No database stores half a surrogate pair.
BROKEN = replace(an_entry(guid="bad"), title="\ud800")


@pytest.fixture
def another(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session, "medias24"), "https://m.example/")


def test_an_entry_that_cannot_be_stored_fails_its_feed_alone(
    database: Database, feed_id: int, another: int
) -> None:
    poll(database, feed_id, an_entry("أ", guid="0"))
    readings = [
        result_of(database, feed_id, an_entry(guid="1"), BROKEN),
        result_of(database, another, an_entry("سليم", guid="1")),
    ]
    bad, good = store(database, readings, POLICY)
    assert bad.failure is not None
    assert (bad.failure.kind, good.new) == ("internal", 1)
    assert titles(database) == ["أ", "سليم"]
    row = feed_row(database, feed_id)
    assert (row.status, row.entry_count, row.lease) == ("failing", 1, None)


def test_nul_in_a_text_never_costs_another_feed(
    database: Database, feed_id: int, another: int
) -> None:
    nul = replace(an_entry(guid="nul"), title="قبل\0بعد")
    readings = [
        result_of(database, feed_id, nul),
        result_of(database, another, an_entry("سليم", guid="1")),
    ]
    store(database, readings, POLICY)
    assert "سليم" in titles(database)
    row = feed_row(database, feed_id)
    assert row.lease is None
    assert "INSERT" not in (row.error_detail or "")


def lose(database: Database, feed_id: int) -> FeedForPoll:
    mine = claim(database, feed_id)
    with database.write() as session:
        session.execute(update(Feed).where(Feed.id == feed_id).values(lease="another:1:x"))
    return mine


@pytest.mark.parametrize("what", ["entries", "broken", "failure"])
def test_a_lost_feed_stores_nothing_and_costs_no_other(
    database: Database, feed_id: int, another: int, what: str
) -> None:
    lost = lose(database, feed_id)
    reading = {
        "entries": PollResult(lost, NOW, document=a_document(an_entry(guid="1"))),
        "broken": PollResult(lost, NOW, document=a_document(BROKEN)),
        "failure": PollResult(lost, NOW, failure=FeedFailure("timeout", "")),
    }[what]
    good = result_of(database, another, an_entry("سليم", guid="1"))
    outcomes = store(database, [reading, good], POLICY)
    assert [outcome.lost for outcome in outcomes] == [True, False]
    assert titles(database) == ["سليم"]
    row = feed_row(database, feed_id)
    assert (row.lease, row.entry_count, row.last_polled_at) == ("another:1:x", 0, None)


def test_a_database_that_does_not_answer_stores_nothing_of_the_batch(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer(*_: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection lost"))

    reading = result_of(database, feed_id, an_entry(guid="1"))
    with monkeypatch.context() as patch:
        patch.setattr("aggregator.storage.feeds.outcomes.record_success", no_answer)
        with pytest.raises(OperationalError):
            store(database, [reading], POLICY)
    assert titles(database) == []
    (stored,) = store(database, [reading], POLICY)  # the lease still holds
    assert stored.new == 1


def test_what_nobody_foresaw_is_logged(
    database: Database, feed_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        store(database, [result_of(database, feed_id, BROKEN)], POLICY)
    assert URL in caplog.text
