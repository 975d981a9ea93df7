"""The index says what is stored: new, edited, deleted and older entries, on both databases."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from sqlalchemy import delete, func, select, text, update

from aggregator.process.analysis.former_document import FORMER_VERSION
from aggregator.query import parse
from aggregator.services.ingest import index
from aggregator.services.search import search
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import delete_before
from aggregator.storage.models import Entry, SearchDoc, SearchState
from aggregator.storage.stories.left_out import latest_left_out
from aggregator.types import EMPTY_DOCUMENT
from tests.builders import NOW, an_entry, make_entry, store_entries
from tests.services.ingest.polls import poll


def found(database: Database, query: str) -> list[str]:
    with database.read() as session:
        page = search.search(session, SearchContext(None, NOW, UTC), SearchRequest(parse(query)))
        return [hit.entry.title for hit in page.hits]


def check(database: Database) -> int:
    """How many documents there are; what FTS5 holds is sound."""
    with database.write() as session:
        if database.is_sqlite:
            session.execute(
                text("INSERT INTO search_index (search_index) VALUES ('integrity-check')")
            )
        docs = session.execute(select(func.count()).select_from(SearchDoc)).scalar_one()
        rows = session.execute(text("SELECT count(*) FROM search_index")).scalar_one()
        state = session.execute(select(SearchState.documents)).scalar_one()
        assert docs == rows == state
        return docs


def index_older(database: Database) -> int:
    return index.index_backlog(database, pause=lambda _: None)


def test_what_is_stored_is_found_at_once(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry("امتلاء السدود", "https://h.example/1", text="مياه"))
    assert found(database, "سدود مياه") == ["امتلاء السدود"]
    assert check(database) == 1


def test_an_edit_is_found_and_what_it_replaced_is_not(database: Database, feed_id: int) -> None:
    before = an_entry("امتلاء السدود", "https://h.example/1", guid="1", text="مياه")
    after = an_entry("فراغ السدود", "https://h.example/1", guid="1", text="جفاف")
    other = an_entry("خبر آخر", "https://h.example/2", guid="2")
    poll(database, feed_id, before, other)
    poll(database, feed_id, after, other)
    assert found(database, "سدود") == found(database, "جفاف") == ["فراغ السدود"]
    assert found(database, "امتلاء") == found(database, "مياه") == []
    assert check(database) == 2


def test_what_retention_deletes_leaves_the_index(database: Database, feed_id: int) -> None:
    old = an_entry("قديم جدا", "https://h.example/1", published_at=NOW - timedelta(days=90))
    poll(database, feed_id, old, an_entry("جديد جدا", "https://h.example/2"))
    with database.write_exclusive() as session:
        assert delete_before(session, NOW - timedelta(days=30), NOW, limit=10) == 1
    assert found(database, "جدا") == ["جديد جدا"]
    assert check(database) == 1


def test_older_entries_are_indexed_in_the_background(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHUNK", 2)
    with database.write() as session:
        for number in range(5):
            make_entry(session, feed_id, f"قديم {number}", age=number + 1)
    stopped = iter([False, True])
    assert index.index_backlog(database, lambda: next(stopped), lambda _: None) == 2
    with database.read() as session:
        page = search.search(session, SearchContext(None, NOW, UTC), SearchRequest(parse("قديم")))
    assert [hit.entry.title for hit in page.hits] == ["قديم 3", "قديم 4"]
    assert 0.3 < page.indexed < 0.7
    poll(database, feed_id, an_entry("قديم 9", "https://h.example/9"))  # meanwhile
    assert index_older(database) == 3  # killed and started again, it goes on
    assert len(found(database, "قديم")) == check(database) == 6
    assert index_older(database) == 0


def test_what_a_first_poll_indexed_is_not_indexed_again(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry("امتلاء السدود", "https://h.example/1"))
    with database.write_exclusive() as session:
        assert not index.indexing.reset_if_outdated(session)
    assert index_older(database) == 0
    assert found(database, "سدود") == ["امتلاء السدود"]


def test_what_looked_known_but_is_new_is_read_when_it_is_stored(
    database: Database, feed_id: int
) -> None:
    entry = an_entry("امتلاء السدود", "https://h.example/1", guid="1", words=EMPTY_DOCUMENT)
    poll(database, feed_id, entry)
    assert found(database, "سدود") == ["امتلاء السدود"]
    with database.read() as session:
        assert latest_left_out(session, NOW, 9) == []
    edited = an_entry("تساقطات الثلوج", "https://h.example/1", guid="1", words=EMPTY_DOCUMENT)
    poll(database, feed_id, edited)
    assert found(database, "سدود") == []
    assert found(database, "ثلوج") == ["تساقطات الثلوج"]
    assert check(database) == 1


def test_an_entry_that_is_edited_while_it_waits(database: Database, feed_id: int) -> None:
    with database.write() as session:
        id_ = make_entry(session, feed_id, "قبل التعديل")
        index.indexing.reset_if_outdated(session)
    with database.read() as session:
        waiting = index.indexing.find_backlog(session, 10)
    assert waiting is not None
    with database.write_exclusive() as session:
        edited = update(Entry).where(Entry.id == id_).values(title="بعد التعديل", revision=7)
        session.execute(edited)
        assert index.indexing.index_backlog(session, waiting) == 0
    assert index_older(database) == 1
    assert found(database, "بعد") == ["بعد التعديل"]


def test_another_tokenizer_makes_the_index_anew(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry("امتلاء السدود", "https://h.example/1"))
    with database.write() as session:
        session.execute(update(SearchState).values(version=0))
    assert index_older(database) == 1
    assert found(database, "سدود") == ["امتلاء السدود"]
    assert check(database) == 1


@pytest.fixture
def former_index(database: Database, feed_id: int) -> list[int]:
    """Five entries in an index of the version before; their ids."""
    texts = ["وزارة الصحة", "وزارة العدل", "لبنان 10.000", "ولاية طنجة", "بلدية تازة"]
    with database.write() as session:
        ids = [make_entry(session, feed_id, text, age=age + 1) for age, text in enumerate(texts)]
        session.execute(update(SearchState).values(version=-FORMER_VERSION, next_id=max(ids)))
        rows = index.indexing.stored_entries(session, ids)
        index.indexing.add(session, list(map(index.indexing.to_document, rows)))
        session.execute(update(SearchState).values(version=FORMER_VERSION, next_id=0))
    return ids


def test_a_former_index_is_searched_while_it_is_renewed(
    database: Database, feed_id: int, former_index: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHUNK", 2)
    stopped = iter([False, True])
    assert index.index_backlog(database, lambda: next(stopped), lambda _: None) == 2
    for query, title in (
        ("وزارة الصحة", "وزارة الصحة"),
        ("لبنان", "لبنان 10.000"),
        ("10000", "لبنان 10.000"),
        ("ولايات", "ولاية طنجة"),
        ("بلديات", "بلدية تازة"),
    ):
        assert title in found(database, query), query
    with database.read() as session:
        assert 0 < index.indexing.indexing_progress(session) < 1
        page = search.search(session, SearchContext(None, NOW, UTC), SearchRequest(parse("ولاية")))
    assert page.indexed == 1  # nothing is missing meanwhile
    assert check(database) == 5
    assert index_older(database) == 3  # killed and started again, it goes on
    assert found(database, "وزارة") == ["وزارة الصحة", "وزارة العدل"]
    assert check(database) == 5
    assert index_older(database) == 0
    with database.read() as session:
        assert not index.indexing.is_renewed(session)
        assert index.indexing.indexing_progress(session) == 1


def test_entries_change_and_leave_while_the_index_is_renewed(
    database: Database, feed_id: int, former_index: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHUNK", 2)
    stopped = iter([False, True])
    index.index_backlog(database, lambda: next(stopped), lambda _: None)
    first, second = former_index[:2]
    with database.write_exclusive() as session:
        rows = index.indexing.stored_entries(session, [first])
        edited = update(Entry).where(Entry.id == first).values(title="وزارة التعليم", revision=3)
        session.execute(edited)
        after = index.indexing.stored_entries(session, [first])
        before = {row.id: index.indexing.to_document(row) for row in rows}
        index.update_index(session, [], list(map(index.indexing.to_document, after)), before)
        index.indexing.remove(session, [second])
        session.execute(delete(Entry).where(Entry.id == second))
    poll(database, feed_id, an_entry("وزارة الداخلية", "https://h.example/9"))
    assert found(database, "وزارة") == ["وزارة الداخلية", "وزارة التعليم"]
    assert check(database) == 5
    assert index_older(database) == 2
    assert found(database, "بوزارة") == ["وزارة الداخلية", "وزارة التعليم"]
    assert found(database, "الصحة") == found(database, "العدل") == []
    assert check(database) == 5


def test_a_minute_with_many_entries(database: Database, feed_id: int) -> None:
    with database.write() as session:
        first = make_entry(session, feed_id, "أول", age=1)
        make_entry(session, feed_id, "ثان", age=1, id=first + 2**14)
        make_entry(session, feed_id, "ثالث", age=1, id=first + 2**15)
    assert index_older(database) == 3
    assert found(database, "lang:ar") == ["أول", "ثان", "ثالث"]


def test_did_you_mean(database: Database, feed_id: int) -> None:
    with database.write() as session:
        titles = ["انتخابات المغرب", "نتائج الانتخابات", "gouvernement marocain", "gouvernement"]
        store_entries(session, feed_id, *(an_entry(each, guid=each) for each in titles))
    assert index.update_vocabulary(database, pause=lambda _: None) == 4
    assert index.update_vocabulary(database, pause=lambda _: None) == 0
    for typed, meant in (
        ("انتخبات", "انتخابات"),
        ("انتحابات المغرب", "انتخابات المغرب"),
        ("gouvernemant", "gouvernement"),
        ("title:gouvernmenet", "title:gouvernement"),
        ("زلازل", None),
        ('"انتخبات"', None),
    ):
        with database.read() as session:
            page = search.search(
                session, SearchContext(None, NOW, UTC), SearchRequest(parse(typed))
            )
        assert (typed, page.suggestion) == (typed, meant)
