"""Series count the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, text

from aggregator.errors import PermissionDenied, ResearchTooCostly
from aggregator.query import parse
from aggregator.services.research import series
from aggregator.services.research.request import Question, ResearchRequest, asked_at
from aggregator.services.research.series import find_series
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from aggregator.storage.search import indexing
from aggregator.types.research import AskedAt, Findings, GroupCount, ResearchScope
from tests.builders import (
    NOW,
    an_entry,
    make_feed,
    make_source,
    make_star,
    make_user,
    store_entries,
)

ZONE = ZoneInfo("Africa/Casablanca")
DAY = timedelta(days=1)
TODAY = NOW.astimezone(ZONE).date()
EVERYTHING = AskedAt(NOW, 2**31 - 1)


@pytest.fixture
def ids(database: Database) -> list[int]:
    """Six entries of three days: water in four of them, prices in two, none of either in one."""
    with database.write() as session:
        hespress = make_source(session, "hespress")
        watan = make_source(session, "elwatan", country="DZ", language="fr")
        society = make_feed(session, hespress, section="society")
        economy = make_feed(session, watan, "https://w.example/feed", section="economy")
        return [
            *_store(session, society, (2, "السدود تمتلئ"), (1, "سد جديد"), (1, "مباراة ودية")),
            *_store(session, society, (0, "السدود وأسعار الماء")),
            *_store(session, economy, (1, "Le barrage de السد", "fr"), (0, "أسعار النفط", "fr")),
        ]


def _store(session: Any, feed: int, *titles: tuple[Any, ...]) -> list[int]:
    entries = [
        an_entry(
            title,
            f"https://h.example/{feed}/{age}/{number}",
            published_at=NOW - age * DAY,
            language=language[0] if language else "ar",
        )
        for number, (age, title, *language) in enumerate(titles)
    ]
    return store_entries(session, feed, *entries)


def ask(*queries: str, **values: Any) -> ResearchRequest:
    request = ResearchRequest(
        tuple(Question(query, parse(query)) for query in queries),
        TODAY - 2 * DAY,
        TODAY,
        ZONE,
        EVERYTHING,
    )
    return replace(request, **values)


def find(database: Database, *queries: str, **values: Any) -> Findings:
    with database.read() as session:
        return find_series(session, ask(*queries, **values))


def test_matches_are_counted_by_day_beside_what_was_published(
    database: Database, ids: list[int]
) -> None:
    found = find(database, "السدود", "أسعار")
    assert [list(each.counts) for each in found.series] == [[1, 2, 1], [0, 0, 2]]
    assert list(found.published) == [1, 3, 2]
    assert found.series[0].total == 4


def test_hours_and_weeks_have_the_same_total(database: Database, ids: list[int]) -> None:
    hours, weeks = (find(database, "السدود", unit=unit) for unit in ("hour", "week"))
    assert len(hours.periods) == 72
    assert [count for count in hours.series[0].counts if count] == [1, 2, 1]
    assert sum(hours.series[0].counts) == sum(weeks.series[0].counts) == 4
    assert sum(hours.published) == sum(weeks.published) == 6


def test_days_beyond_are_not_counted(database: Database, ids: list[int]) -> None:
    found = find(database, "السدود", first_day=TODAY - DAY, last_day=TODAY - DAY)
    assert (list(found.series[0].counts), list(found.published)) == ([2], [3])
    # A date in the query narrows the matches, not what was published.
    found = find(database, f"السدود before:{TODAY}")
    assert (list(found.series[0].counts), sum(found.published)) == ([1, 2, 0], 6)


def test_a_date_in_a_query_counts_from_the_day_of_asking(
    database: Database, ids: list[int]
) -> None:
    asked = AskedAt(NOW - DAY, EVERYTHING.last_entry_id)
    assert list(find(database, "السدود after:0d").series[0].counts) == [0, 0, 1]
    assert list(find(database, "السدود after:0d", asked=asked).series[0].counts) == [0, 2, 1]


@pytest.mark.parametrize(
    ("scope", "counts", "published"),
    [
        (ResearchScope(sources=("hespress",)), [1, 1, 1], [1, 2, 1]),
        (ResearchScope(sources=("hespress", "elwatan")), [1, 2, 1], [1, 3, 2]),
        (ResearchScope(country="DZ"), [0, 1, 0], [0, 1, 1]),
        (ResearchScope(language="fr"), [0, 1, 0], [0, 1, 1]),
        (ResearchScope(section="economy"), [0, 1, 0], [0, 1, 1]),
        (ResearchScope(country="MA", language="fr"), [0, 0, 0], [0, 0, 0]),
    ],
)
def test_shares_refer_to_the_chosen_entries(
    database: Database,
    ids: list[int],
    scope: ResearchScope,
    counts: list[int],
    published: list[int],
) -> None:
    found = find(database, "السدود", scope=scope)
    assert (list(found.series[0].counts), list(found.published)) == (counts, published)


@pytest.mark.parametrize(
    ("grouping", "groups"),
    [
        ("source", [("hespress", 4, (3, 1)), ("elwatan", 2, (1, 1))]),
        ("language", [("ar", 4, (3, 1)), ("fr", 2, (1, 1))]),
        ("country", [("MA", 4, (3, 1)), ("DZ", 2, (1, 1))]),
        ("section", [("society", 4, (3, 1)), ("economy", 2, (1, 1))]),
    ],
)
def test_matches_are_counted_by_group(
    database: Database, ids: list[int], grouping: Any, groups: list[tuple[Any, ...]]
) -> None:
    found = find(database, "السدود", "أسعار", grouping=grouping)
    assert found.groups == tuple(GroupCount(*group) for group in groups)


def test_what_arrived_later_does_not_change_an_answer(database: Database, ids: list[int]) -> None:
    asked = AskedAt(NOW, max(ids))
    before = find(database, "السدود", asked=asked, grouping="source")
    with database.write() as session:
        feed = make_feed(session, make_source(session, "late"), "https://l.example/feed")
        _store(session, feed, (1, "السدود من جديد"), (0, "السدود مرة أخرى"))
    assert find(database, "السدود", asked=asked, grouping="source") == before
    assert list(find(database, "السدود").series[0].counts) == [1, 3, 2]


def test_deleted_entries_no_longer_count(database: Database, ids: list[int]) -> None:
    asked = AskedAt(NOW, max(ids))
    with database.write() as session:
        indexing.remove(session, [ids[1]])
        session.execute(delete(Entry).where(Entry.id == ids[1]))
    found = find(database, "السدود", asked=asked)
    assert (list(found.series[0].counts), list(found.published)) == ([1, 1, 1], [1, 2, 2])


def test_a_query_may_name_what_its_reader_marked(database: Database, ids: list[int]) -> None:
    with database.write() as session:
        amina = make_user(session, "Amina")
        make_star(session, amina.id, ids[1])
    found = find(database, "السدود is:starred", reader=amina)
    assert (list(found.series[0].counts), sum(found.published)) == ([0, 1, 0], 6)
    with pytest.raises(PermissionDenied):
        find(database, "is:starred")


def test_unknown_sources_are_named_where_they_stand(database: Database, ids: list[int]) -> None:
    found = find(database, "source:nowhere OR owner:nobody", scope=ResearchScope(sources=("gone",)))
    assert found.series[0].unknown == ("nowhere", "nobody")
    assert found.unknown == ("gone",)
    assert sum(found.published) == 0


def test_an_address_may_name_the_moment_of_asking_alone(database: Database, ids: list[int]) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session, "late"), "https://l.example/feed")
        store_entries(session, feed, an_entry("لاحق", "https://l.example/1"), now=NOW + DAY)
    with database.read() as session:
        later = NOW + 2 * DAY
        assert asked_at(session, later, NOW + timedelta(hours=1), None).last_entry_id == max(ids)
        assert asked_at(session, later, None, None).last_entry_id == max(ids) + 1
        assert asked_at(session, later, NOW, ids[0]) == AskedAt(NOW, ids[0])


def test_an_empty_archive_has_series_of_zeros(database: Database) -> None:
    found = find(database, "السدود", grouping="source")
    assert (list(found.series[0].counts), list(found.published)) == ([0] * 3, [0] * 3)
    assert found.groups == ()


def test_a_span_before_the_first_document_has_zeros(database: Database, ids: list[int]) -> None:
    found = find(database, "السدود", first_day=date(1990, 1, 1), last_day=date(1990, 1, 2))
    assert (list(found.series[0].counts), list(found.published)) == ([0, 0], [0, 0])


def test_a_search_that_is_ended_says_what_to_ask_for_instead(
    database: Database, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    costly = text(
        "WITH RECURSIVE numbers(n) AS"
        " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300000000)"
        " SELECT count(*) FROM numbers"
    )
    monkeypatch.setattr(
        series, "count_by_period", lambda session, *_: [session.execute(costly).scalar_one()]
    )
    with pytest.raises(ResearchTooCostly), database.read(budget_s=0.5) as session:
        find_series(session, ask("سدود"))
