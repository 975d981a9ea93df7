"""Storing what polling found: new entries, known ones, edits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from aggregator.storage.engine import Database
from aggregator.storage.entries import write as entries
from aggregator.storage.models import Entry, EntryContent
from aggregator.types import Enclosure, Wording
from tests.builders import BODY, NOW, a_feed_for_poll, an_entry, entry_rows, store_entries
from tests.storage.entries.writing import change, store

DAY = timedelta(days=1)
SHORT = "جملة من خمس كلمات لا غير"


# --- new entries --------------------------------------------------------------------------------


def test_newer_entries_of_a_document_get_higher_ids(database: Database, hespress: int) -> None:
    newest, middle, oldest = store(
        database, hespress, *(an_entry(title, guid=title) for title in ("3", "2", "1"))
    )
    assert newest > middle > oldest


def test_everything_of_an_entry_is_kept(database: Database, hespress: int) -> None:
    entry = an_entry(
        "ملء السدود",
        "https://h.example/1",
        guid="g1",
        text=BODY,
        author="أمينة",
        image_url="https://h.example/1.jpg",
        categories=("ماء", "طقس"),
        enclosures=(
            Enclosure("https://h.example/1.mp3", "audio/mpeg", 7),
            Enclosure("https://h.example/1.jpg", "image/jpeg", 0, "سوق"),
        ),
        updated_at=NOW - timedelta(minutes=5),
    )
    store(database, hespress, entry)
    (row,) = entry_rows(database)
    for name in ("guid", "url", "title", "author", "image_url", "language", "word_count"):
        assert getattr(row, name) == getattr(entry, name)
    assert (row.published_at, row.updated_at, row.fetched_at) == (
        entry.published_at,
        entry.updated_at,
        NOW,
    )
    with database.read() as session:
        body = session.execute(select(EntryContent)).scalar_one()
        assert body.content == entry.content
        assert body.categories == ["ماء", "طقس"]
        assert body.enclosures == [
            {"url": "https://h.example/1.mp3", "type": "audio/mpeg", "length": 7},
            {"url": "https://h.example/1.jpg", "type": "image/jpeg", "length": 0, "alt": "سوق"},
        ]


@pytest.mark.parametrize("claimed", [None, NOW + DAY])
def test_without_a_believable_date_an_entry_is_published_when_first_seen(
    database: Database, hespress: int, claimed: datetime | None
) -> None:
    store(database, hespress, an_entry(published_at=claimed))
    assert entry_rows(database)[0].published_at == NOW


def test_similar_entries_are_looked_up_in_indexes(database: Database, hespress: int) -> None:
    many = [
        an_entry(
            str(n),
            f"https://h.example/{n}",
            guid=str(n),
            text=f"{n} {BODY}",
            published_at=NOW - timedelta(minutes=n),
        )
        for n in range(300)
    ]
    store(database, hespress, *many)
    with database.write() as session:
        session.execute(text("ANALYZE"))
    feed = a_feed_for_poll(id=hespress, source_id=entry_rows(database, hespress)[0].source_id)
    with database.read() as session:
        sent: list[tuple[str, Any]] = []
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *a: sent.append((a[2], a[3])))
        assert len(entries.similar_entries(session, feed, many[:2])) == 2
        explain, statements = "EXPLAIN QUERY PLAN", tuple(sent)
        if not database.is_sqlite:  # it would rather read the few pages of this small table
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN"
        plans = [
            str(connection.exec_driver_sql(f"{explain} {sql}", values).all())
            for sql, values in statements
        ]
    indexes = ("ix_entries_url_key", "ix_entries_text_key", "ix_entries_source_newest")
    assert [index in plan for index, plan in zip(indexes, plans, strict=True)] == [True] * 3, plans


@pytest.mark.parametrize("shared", ["url", "text", "published_at"])
def test_of_many_that_are_alike_the_latest_are_read(
    database: Database, hespress: int, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    monkeypatch.setattr(entries, "MAX_ALIKE", 3)
    entries._latest_by.cache_clear()
    alike = {"url": "https://h.example/page", "text": BODY, "published_at": NOW}[shared]
    many = [
        an_entry(
            str(n),
            guid=f"g{n}",
            **{"published_at": NOW - timedelta(minutes=n + 1), "text": str(n)} | {shared: alike},
        )
        for n in range(9)
    ]
    ids = [store(database, hespress, entry)[0] for entry in many]
    feed = a_feed_for_poll(id=hespress, source_id=entry_rows(database, hespress)[0].source_id)
    polled = an_entry("آخر", guid="x", **{"published_at": NOW - DAY, "text": "x"} | {shared: alike})
    with database.read() as session:
        found = entries.similar_entries(session, feed, [polled])
    entries._latest_by.cache_clear()
    assert {row.id for row in found} == set(ids[-3:])


def test_a_thousand_at_once(database: Database, hespress: int) -> None:
    many = [an_entry(str(number), guid=str(number), text=BODY) for number in range(1000)]
    ids = store(database, hespress, *many)
    assert len(set(ids)) == 1000
    keys = [key for entry in many for key in (entry.identity, entry.identity + 1)]
    with database.read() as session:
        assert len(entries.named_entries(session, hespress, keys)) == 1000


def test_ids_are_never_used_again(database: Database, hespress: int) -> None:
    (first,) = store(database, hespress, an_entry(guid="1"))
    with database.write() as session:
        session.delete(session.get_one(Entry, first))
    (second,) = store(database, hespress, an_entry(guid="2"))
    assert second > first


def test_extremes_of_keys_and_letters(database: Database, hespress: int) -> None:
    entry = replace(
        an_entry("😀 ﷽ \u202b" + "ا" * 5000, "https://h.example/" + "a" * 1900),
        identity=-(2**63),
        url_key=2**63 - 1,
        revision=-(2**63),
    )
    store(database, hespress, entry)
    (row,) = entry_rows(database)
    assert (row.identity, row.url_key, row.title) == (-(2**63), 2**63 - 1, entry.title)


# --- known entries ------------------------------------------------------------------------------


def test_entries_are_known_by_identity_then_by_address_text_and_date(
    database: Database, hespress: int, medias24: int
) -> None:
    def date(hours: int) -> datetime:
        return NOW - timedelta(hours=hours)

    named = an_entry("أ", "https://h.example/a", guid="a", published_at=date(1))
    placed = an_entry("ب", "https://h.example/b", guid="b", published_at=date(2))
    worded = an_entry("ج", "https://h.example/c", guid="c", text=BODY, published_at=date(3))
    dated = an_entry("د", "https://h.example/d", guid="d", published_at=date(4))
    other = an_entry("هـ", "https://h.example/e", guid="e", published_at=date(5))
    stored = (named, placed, worded, dated, other)
    store(database, hespress, *stored)
    store(database, medias24, *stored)
    polled = [
        an_entry("ب", "https://h.example/b", guid="1", published_at=date(6)),
        an_entry("ج", "https://h.example/1", guid="2", text=BODY, published_at=date(6)),
        an_entry("د", "https://h.example/2", guid="3", published_at=date(4)),
    ]
    feed = a_feed_for_poll(id=hespress, source_id=entry_rows(database, hespress)[0].source_id)
    with database.read() as session:
        by_name = entries.named_entries(session, hespress, [named.identity, 0])
        alike = entries.similar_entries(session, feed, polled)
        (told,) = entries.with_wordings(session, by_name, [row.id for row in by_name])
    assert [row.identity for row in by_name] == [named.identity]
    assert {row.identity for row in alike} == {placed.identity, worded.identity, dated.identity}
    assert told.wording == Wording(named.url, named.title, named.content)


# --- edits --------------------------------------------------------------------------------------


def test_an_edit_keeps_one_row_and_the_date_of_publication(
    database: Database, hespress: int
) -> None:
    (id_,) = store(database, hespress, an_entry("أ", "https://h.example/a", text=SHORT))
    edited = an_entry("أ، تصحيح", "https://h.example/a", text=BODY, published_at=NOW)
    row = change(database, id_, edited)
    assert (row.title, row.published_at) == ("أ، تصحيح", NOW - timedelta(hours=1))
    assert row.updated_at == NOW + timedelta(hours=1)
    with database.read() as session:
        assert session.execute(select(EntryContent.content)).scalar_one() == edited.content
        assert session.execute(select(func.count()).select_from(Entry)).scalar_one() == 1


@pytest.mark.parametrize(("said", "kept"), [(NOW, NOW), (NOW + 9 * DAY, NOW + timedelta(hours=1))])
def test_the_publisher_says_when_it_was_edited_but_not_in_the_future(
    database: Database, hespress: int, said: datetime, kept: datetime
) -> None:
    (id_,) = store(database, hespress, an_entry("أ", guid="1"))
    assert change(database, id_, an_entry("ب", guid="1", updated_at=said)).updated_at == kept


def test_what_no_reader_would_call_an_edit_is_not_dated(database: Database, hespress: int) -> None:
    (id_,) = store(database, hespress, an_entry("أ", guid="1"))
    picture = an_entry("أ", guid="1", image_url="https://h.example/a.jpg")
    row = change(database, id_, picture, edited=False)
    assert (row.image_url, row.updated_at) == ("https://h.example/a.jpg", None)


def test_a_changed_guid_is_stored(database: Database, hespress: int) -> None:
    (id_,) = store(database, hespress, an_entry("أ", "https://h.example/a", guid="old"))
    new = an_entry("أ", "https://h.example/a", guid="new")
    row = change(database, id_, new, edited=False)
    assert (row.identity, row.guid) == (new.identity, "new")


def test_nothing_to_store(database: Database, hespress: int) -> None:
    with database.write_exclusive() as session:
        entries.update_entries(session, [], NOW)
        assert store_entries(session, hespress) == []
