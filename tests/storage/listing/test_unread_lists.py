"""Lists of what is unread among all entries: complete, and bounded however long the archive is."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from aggregator.storage.engine import Database
from aggregator.storage.listing import keys, plan
from aggregator.storage.listing.summaries import list_entries
from aggregator.storage.models import MutedSource, ReadMark, SourceSubscription
from aggregator.types import EntryFilter
from benchmarks.statement_costs import count_statements
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

AMINA = 1
UNREAD = EntryFilter(unread=True)
# Entries 1 to 240, the oldest first.
COUNT = 240
SECTIONS, LANGUAGES = ("sport", "world", "culture"), ("ar", "fr")


@pytest.fixture
def newsroom(database: Database) -> Database:
    """Two sources in turn, three sections and two languages; Amina read up to entry 200 of one."""
    with database.write() as session:
        make_user(session)
        for slug in ("one", "two"):
            make_feed(session, make_source(session, slug), f"https://{slug}.example/feed")
        for number in range(COUNT):
            make_entry(
                session,
                number % 2 + 1,
                f"entry {number + 1}",
                age=COUNT - number,
                section=SECTIONS[number % 3],
                language=LANGUAGES[number % 5 == 0],
            )
        session.execute(insert(ReadMark), {"user_id": AMINA, "source_id": 1, "up_to": 200})
    return database


def listed(database: Database, chosen: EntryFilter, limit: int = 7) -> list[int]:
    """The whole list, read a few at a time."""
    found: list[int] = []
    cursor = None
    with database.read() as session:
        for _ in range(COUNT):
            page = list_entries(session, chosen, reader=AMINA, cursor=cursor, limit=limit)
            found += [entry.id for entry in page.entries]
            cursor = page.next_cursor
            if cursor is None:
                return found
    raise AssertionError("the list does not end")


def expected(section: str | None = None, language: str | None = None) -> list[int]:
    return [
        number + 1
        for number in reversed(range(COUNT))
        if (number % 2 or number + 1 > 200)
        and section in (None, SECTIONS[number % 3])
        and language in (None, LANGUAGES[number % 5 == 0])
    ]


@pytest.mark.parametrize("language", [None, "ar", "fr"])
@pytest.mark.parametrize("section", [None, "world"])
@pytest.mark.parametrize("limits", [(500, 4, 10_000), (0, 4, 10_000), (0, 1, 10_000), (0, 1, 20)])
def test_all_of_it_is_found(
    newsroom: Database,
    monkeypatch: pytest.MonkeyPatch,
    limits: tuple[int, int, int],
    section: str | None,
    language: str | None,
) -> None:
    """Whether few are sorted, or many are looked for in one window of an index after the other."""
    few, tried, rows = limits
    monkeypatch.setattr(plan, "MAX_SORTED_UNREAD", few)
    monkeypatch.setattr(keys, "TRIED_FOR_UNREAD", tried)
    monkeypatch.setattr(keys, "MAX_ROWS_SCANNED", rows)
    chosen = EntryFilter(unread=True, section=section, language=language)
    assert listed(newsroom, chosen) == expected(section, language)


@pytest.mark.parametrize("section", [None, "world"])
@pytest.mark.parametrize("language", ["ar", "fr"])
@pytest.mark.parametrize("rows", [10_000, 20])
def test_of_followed_sources_in_a_language(
    newsroom: Database,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    language: str,
    section: str | None,
) -> None:
    """The index of the language is read, in windows, not everything that these sources have."""
    monkeypatch.setattr(plan, "MAX_SORTED_UNREAD", 0)
    monkeypatch.setattr(keys, "TRIED_FOR_UNREAD", 1)
    monkeypatch.setattr(keys, "MAX_ROWS_SCANNED", rows)
    with newsroom.write() as session:
        follows = [{"user_id": AMINA, "source_id": id_, "followed_at": NOW} for id_ in (1, 2)]
        session.execute(insert(SourceSubscription), follows)
        make_feed(session, make_source(session, "three"), "https://three.example/feed")
        make_entry(session, 3, "not followed", age=0.5, section="world", language=language)
    chosen = EntryFilter(following=True, unread=True, section=section, language=language)
    assert listed(newsroom, chosen) == expected(section, language)


def test_without_muted_sources(newsroom: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MAX_SORTED_UNREAD", 0)
    with newsroom.write() as session:
        muted = {"user_id": AMINA, "source_id": 2, "muted_at": NOW}
        session.execute(insert(MutedSource), muted)
    assert listed(newsroom, UNREAD) == [id_ for id_ in expected() if id_ % 2]


def test_a_page_stops_where_it_has_tried_enough(
    newsroom: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be empty and still go on."""
    monkeypatch.setattr(plan, "MAX_SORTED_UNREAD", 0)
    monkeypatch.setattr(keys, "MAX_ROWS_SCANNED", 20)
    with newsroom.write() as session:
        mark = {"user_id": AMINA, "source_id": 2, "up_to": 200}
        session.execute(insert(ReadMark), mark)
        make_entry(session, 1, "an old one that came late", age=1000)
    with newsroom.read() as session:
        page = list_entries(session, UNREAD, reader=AMINA, limit=5)
        pages = [page.entries]
        while page.next_cursor:
            cursor = page.next_cursor
            page = list_entries(session, UNREAD, reader=AMINA, cursor=cursor, limit=5)
            pages.append(page.entries)
    assert () in pages[8:-1]
    assert [entry.id for entry in pages[-1]] == [COUNT + 1]


def test_the_next_page_does_not_read_the_archive(newsroom: Database) -> None:
    """Above the marks there are forty unread entries, however many were read before."""
    with newsroom.write() as session:
        mark = {"user_id": AMINA, "source_id": 2, "up_to": 200}
        session.execute(insert(ReadMark), mark)
    costs = []
    with newsroom.read() as session:
        cursor = None
        for _ in range(2):
            with count_statements(newsroom) as counted:
                page = list_entries(session, UNREAD, reader=AMINA, cursor=cursor, limit=10)
            cursor = page.next_cursor
            assert len(page.entries) == 10
            costs.append(
                sum(work for text, work in counted.work.items() if "read_marks.up_to" in text)
            )
    assert costs[1] <= 1.5 * costs[0]
