"""Unchanged entries of a document are left out, and the database is as if they had not been."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

import aggregator
from aggregator.process.entries.digests import MAX_RECORDS, unpack_records
from aggregator.services.ingest import entry_digests
from aggregator.services.ingest import store as store_pass
from aggregator.services.ingest.prepare import prepare
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import delete_before
from aggregator.storage.feeds import commands
from aggregator.storage.models import Entry, EntryContent, Feed, Tombstone
from aggregator.types import FeedDocument, FeedForPoll, PreparedFeed, PreparedPush
from tests.builders import BODY, NOW, entry_rows, feed_row, make_feed, make_source
from tests.services.ingest.polls import POLICY, claim
from tests.services.ingest.test_identity import item, text_of

SITE = "https://jarida.example"
HOUR = timedelta(hours=1)
WORDS = BODY.split()
ITEMS = tuple(
    item(f"{SITE}/{n}", f"خبر {n}", text_of(n), NOW - n * HOUR, guid=f"g{n}") for n in range(1, 6)
)


def document(items: Sequence[str], now: datetime, **values: Any) -> FeedDocument:
    body = f"<rss version='2.0'><channel><title>ج</title>{''.join(items)}</channel></rss>"
    read = FeedDocument(
        body.encode(), "application/rss+xml", f"{SITE}/feed", "ar", "Africa/Casablanca", now
    )
    return replace(read, **values)


def read(feed: FeedForPoll, items: Sequence[str], now: datetime = NOW, **values: Any) -> PollResult:
    known = feed.entry_digests or b""
    return PollResult(feed, now, document=prepare(document(items, now, known=known, **values)))


def poll(
    database: Database, feed_id: int, items: Sequence[str], now: datetime = NOW, **values: Any
) -> tuple[PreparedFeed, PollOutcome]:
    result = read(claim(database, feed_id, now), items, now, **values)
    (stored,) = store(database, [result], POLICY)
    assert stored.failure is None
    assert result.document is not None
    return result.document, stored


def prepared_titles(read: PreparedFeed) -> list[str]:
    return [entry.title for entry in read.entries]


# --- what is left out ----------------------------------------------------------------------------


def test_only_what_changed_is_prepared(database: Database, feed_id: int) -> None:
    poll(database, feed_id, ITEMS[1:])
    edited = item(f"{SITE}/2", "خبر مصحح", text_of(2), NOW - 2 * HOUR, guid="g2")
    again, stored = poll(database, feed_id, [ITEMS[0], edited, *ITEMS[2:]], NOW + HOUR)
    assert prepared_titles(again) == ["خبر 1", "خبر مصحح"]
    assert (stored.new, stored.changed) == (1, 1)
    assert len(unpack_records(again.unchanged)) == 3
    last, stored = poll(database, feed_id, [ITEMS[0], edited, *ITEMS[2:]], NOW + 2 * HOUR)
    assert (prepared_titles(last), stored.new, stored.changed) == ([], 0, 0)
    assert len(entry_rows(database)) == 5


def test_dates_of_the_document_are_those_of_all_its_entries(
    database: Database, feed_id: int
) -> None:
    future = item(f"{SITE}/9", "غدا", text_of(9), NOW + 30 * HOUR, guid="g9")
    first, _ = poll(database, feed_id, [future, *ITEMS])
    again, _ = poll(database, feed_id, [future, *ITEMS])
    assert prepared_titles(again) == []
    assert again.mean_gap_s == first.mean_gap_s == 3600
    assert again.newest_at == first.newest_at == NOW - HOUR
    assert again.clamped_dates == first.clamped_dates == 1


@pytest.mark.parametrize(
    "values",
    [
        {"url": f"{SITE}/moved/feed"},
        {"language": "fr"},
        {"is_internal": True},
    ],
    ids=lambda values: next(iter(values)),
)
def test_entries_read_in_another_way_are_prepared(
    database: Database, feed_id: int, values: dict[str, Any]
) -> None:
    poll(database, feed_id, ITEMS)
    again, _ = poll(database, feed_id, ITEMS, **values)
    assert len(again.entries) == len(ITEMS)


def test_another_version_prepares_everything_once(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll(database, feed_id, ITEMS)
    monkeypatch.setattr(entry_digests, "code_version", lambda: "another")
    assert len(poll(database, feed_id, ITEMS)[0].entries) == len(ITEMS)
    assert poll(database, feed_id, ITEMS)[0].entries == ()


def test_the_version_is_that_of_code_and_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    compute = entry_digests.code_version.__wrapped__
    before = compute()
    assert compute() == before == entry_digests.code_version()
    monkeypatch.setattr(entry_digests, "version", lambda name: "0" if name == "nh3" else "1")
    assert compute() != before


def test_the_version_is_that_of_all_code_that_prepares_entries() -> None:
    script = (
        "import sys, aggregator.services.ingest.prepare;"
        "loaded = [m for n, m in sys.modules.items() if n.partition('.')[0] == 'aggregator'];"
        "print(*filter(None, (getattr(m, '__file__', None) for m in loaded)), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    loaded = {Path(line) for line in done.stdout.split("\n") if line}
    root = Path(aggregator.__file__).parent
    assert root / "urls.py" in loaded
    unknown = loaded.difference(entry_digests.code_files(root))
    assert [path for path in unknown if path.read_text("utf-8")] == []


@pytest.mark.parametrize(
    "other",
    [
        item(f"{SITE}/8", "آخر", text_of(8), guid="g2"),
        item(f"{SITE}/2", "آخر", text_of(8), guid="g8"),
        item(f"{SITE}/8", "خبر 2", text_of(2), NOW - 2 * HOUR, guid="g8"),
    ],
    ids=["guid", "address", "words"],
)
def test_all_are_prepared_if_a_new_entry_shares_something_with_an_unchanged_one(
    database: Database, feed_id: int, other: str
) -> None:
    poll(database, feed_id, ITEMS)
    again, _ = poll(database, feed_id, [other, *ITEMS], NOW + HOUR)
    assert len(again.entries) == len(ITEMS) + 1
    assert again.unchanged == b""


def test_records_are_bounded(database: Database, feed_id: int) -> None:
    feed = claim(database, feed_id, NOW)
    result = read(feed, ITEMS)
    assert result.document is not None
    many = replace(result.document, unchanged=bytes(24 * MAX_RECORDS))
    store(database, [replace(result, document=many)], POLICY)
    stored = feed_row(database, feed_id).entry_digests
    assert stored is not None
    assert len(unpack_records(stored)) == MAX_RECORDS


# --- what makes a feed forget them ---------------------------------------------------------------


def test_retention_has_the_next_document_prepared_whole(database: Database, feed_id: int) -> None:
    poll(database, feed_id, ITEMS)
    with database.write() as session:
        assert delete_before(session, NOW - 4 * HOUR, NOW, limit=9) == 1
    again, stored = poll(database, feed_id, ITEMS, NOW + HOUR)
    assert (len(again.entries), stored.new) == (5, 0)
    again, _ = poll(database, feed_id, ITEMS, NOW + 2 * HOUR)
    assert prepared_titles(again) == ["خبر 5"]  # no row answers for it


def test_retention_during_a_poll_is_noticed(database: Database, feed_id: int) -> None:
    poll(database, feed_id, ITEMS)
    result = read(claim(database, feed_id, NOW + HOUR), ITEMS, NOW + HOUR)
    with database.write() as session:
        delete_before(session, NOW - 4 * HOUR, NOW, limit=9)
    store(database, [result], POLICY)
    assert feed_row(database, feed_id).entry_digests is None


def test_a_delivery_has_the_next_document_prepared_whole(database: Database, feed_id: int) -> None:
    poll(database, feed_id, ITEMS)
    edited = item(f"{SITE}/2", "خبر مصحح", text_of(2), NOW - 2 * HOUR, guid="g2")
    feed = claim(database, feed_id, NOW)
    delivered = PreparedPush(1, prepare(document([edited], NOW)))
    store(database, [PollResult(feed, NOW, pushes=(delivered,))], POLICY)
    _, stored = poll(database, feed_id, ITEMS, NOW + HOUR)
    assert stored.changed == 1  # as the publisher has it


def test_an_operator_who_changes_the_address_has_everything_prepared(
    database: Database, feed_id: int
) -> None:
    poll(database, feed_id, ITEMS)
    with database.write() as session:
        assert commands.adopt(session, feed_id, f"{SITE}/other", NOW)
    assert feed_row(database, feed_id).entry_digests is None


def test_a_poll_whose_lease_was_lost_leaves_the_records_of_the_other(
    database: Database, feed_id: int
) -> None:
    poll(database, feed_id, ITEMS[2:])
    lost = read(claim(database, feed_id, NOW), ITEMS[1:])
    with database.write() as session:
        session.execute(update(Feed).values(lease=None, lease_until=None))
    poll(database, feed_id, ITEMS, NOW + HOUR)
    kept = feed_row(database, feed_id).entry_digests
    (outcome,) = store(database, [lost], POLICY)
    assert outcome.lost
    assert feed_row(database, feed_id).entry_digests == kept
    assert poll(database, feed_id, ITEMS, NOW + 2 * HOUR)[0].entries == ()


def test_a_poll_that_was_stored_in_part_has_the_next_document_prepared_whole(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part may have changed what the records of the last document are about."""
    poll(database, feed_id, ITEMS)
    edited = [text.replace("خبر", "نبأ") for text in ITEMS]
    write = store_pass._write_group
    monkeypatch.setattr(store_pass, "TRANSACTION_SIZE", 2)
    monkeypatch.setattr(store_pass, "_write_group", _failing_after(2, write))
    with pytest.raises(RuntimeError, match="killed"):
        poll(database, feed_id, edited, NOW + HOUR)
    monkeypatch.undo()
    assert {row.title[:3] for row in entry_rows(database)} == {"خبر", "نبأ"}
    with database.write() as session:
        session.execute(update(Feed).values(lease=None, lease_until=None))
    poll(database, feed_id, ITEMS, NOW + 2 * HOUR)
    assert {row.title[:3] for row in entry_rows(database)} == {"خبر"}


def _failing_after(calls: int, write: Callable[..., Any]) -> Callable[..., Any]:
    left = [None] * calls

    def interrupted(*arguments: Any) -> Any:
        if not left:
            raise RuntimeError("killed")
        left.pop()
        return write(*arguments)

    return interrupted


def test_a_poll_in_parts_leaves_records_of_all_its_entries(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_pass, "TRANSACTION_SIZE", 2)
    poll(database, feed_id, ITEMS)
    assert poll(database, feed_id, ITEMS, NOW + HOUR)[0].entries == ()


# --- the same database ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """What happens to a feed, and how long after the step before."""

    kind: str
    items: tuple[str, ...]
    wait: timedelta


DATES = (None, NOW - 10 * HOUR, NOW - 2 * HOUR, NOW - HOUR, NOW + HOUR)
GUIDS = ("", "g1", "g2", "g3", f"{SITE}/1")
LINKS = ("", f"{SITE}/1", f"{SITE}/2", f"{SITE}/2#a", f"{SITE}/3?utm_source=x", f"{SITE}/3")
TITLES = ("خبر أول من المغرب", "خبر ثان من المغرب", "بلاغ")
TEXTS = ("", text_of(1), text_of(1) + " تحديث", text_of(20))
items = st.builds(
    item,
    st.sampled_from(LINKS),
    st.sampled_from(TITLES),
    st.sampled_from(TEXTS),
    st.sampled_from(DATES),
    st.sampled_from(GUIDS),
)


@st.composite
def days(draw: st.DrawFn) -> list[Step]:
    """Documents of one feed out of a few items, so that most of them come again."""
    pool = draw(st.lists(items, min_size=2, max_size=7))
    documents = st.lists(st.sampled_from(pool), max_size=6).map(tuple)
    kinds = st.sampled_from(["poll", "poll", "poll", "poll", "push", "retention"])
    waits = st.sampled_from([timedelta(minutes=5), 3 * HOUR, 30 * HOUR])
    return draw(st.lists(st.builds(Step, kinds, documents, waits), min_size=2, max_size=6))


def play(database: Database, feed_ids: Sequence[int], steps: Sequence[Step]) -> None:
    """Play the same to two feeds, of which the second forgets its records before each poll."""
    now = NOW
    for step in steps:
        now += step.wait
        if step.kind == "retention":
            with database.write() as session:
                delete_before(session, now - 24 * HOUR, now, limit=10_000)
            continue
        for number, feed_id in enumerate(feed_ids):
            feed = claim(database, feed_id, now)
            if number:
                feed = replace(feed, entry_digests=None)
            (stored,) = store(database, [_result(step, feed, now)], POLICY)
            assert stored.failure is None


def _result(step: Step, feed: FeedForPoll, now: datetime) -> PollResult:
    if step.kind == "poll":
        return read(feed, step.items, now)
    delivered = PreparedPush(1, prepare(document(step.items, now)))
    return PollResult(feed, now, pushes=(delivered,))


def state(database: Database, feed_id: int) -> list[tuple[Any, ...]]:
    """Everything that polls decide about one feed."""
    own = {"id", "feed_id", "source_id", "duplicate_of"}
    columns = [column for column in Entry.__table__.c if column.name not in own]
    with database.read() as session:
        rows = session.execute(
            select(*columns, EntryContent.content)
            .join(EntryContent, EntryContent.entry_id == Entry.id)
            .where(Entry.feed_id == feed_id)
            .order_by(Entry.id)
        ).all()
        stones = select(Tombstone.identity).where(Tombstone.feed_id == feed_id)
        gone = session.execute(stones.order_by(Tombstone.identity)).all()
        feed = session.get_one(Feed, feed_id)
        facts = (feed.entry_count, feed.newest_entry_at, feed.mean_gap_s, feed.clamped_dates)
    return [*map(tuple, rows), *map(tuple, gone), (*facts, feed.recent_delays)]


@given(days())
@example(  # the guid of an unchanged entry, before it: both are told apart by their addresses
    [
        Step("poll", ITEMS[:2], HOUR),
        Step("poll", (item(f"{SITE}/8", "آخر", text_of(8), guid="g1"), *ITEMS[:2]), HOUR),
        Step("poll", ITEMS[:2], HOUR),
    ]
)
@example(  # an older form comes back after a delivery
    [
        Step("poll", ITEMS[:1], HOUR),
        Step("push", (ITEMS[0].replace("خبر", "نبأ"),), HOUR),
        Step("poll", ITEMS[:1], HOUR),
    ]
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_is_as_if_everything_had_been_prepared(
    database: Database, steps: list[Step]
) -> None:
    with database.write() as session:
        number = len(session.execute(select(Feed.id)).all())
        source = make_source(session, f"s{number}")
        with_records, without = (
            make_feed(session, source, f"https://s{number}.example/{each}") for each in range(2)
        )
    play(database, (with_records, without), steps)
    assert state(database, with_records) == state(database, without)
