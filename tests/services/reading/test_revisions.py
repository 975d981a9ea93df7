"""The versions of an entry and the changes of a day, as readers ask for them."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregator.errors import InvalidInput, NotFound
from aggregator.services.desk import topics
from aggregator.services.desk.backfill import run_backfill
from aggregator.services.reading import revisions
from aggregator.storage.engine import Database
from aggregator.storage.listing.summaries import list_entries
from aggregator.types import (
    ChangeCounts,
    ChangeFilter,
    EntryFilter,
    LocalizedText,
    TopicContent,
    User,
)
from tests.builders import BODY, NOW, an_entry, make_feed, make_source
from tests.services.ingest.polls import poll

ZONE = ZoneInfo("Africa/Casablanca")
TODAY = ChangeFilter(NOW.astimezone(ZONE).date())
EDITOR = User(1, "Brahim", "editor")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def feeds(database: Database) -> tuple[int, int]:
    """Feeds of two sources."""
    with database.write() as session:
        hespress = make_feed(session, make_source(session))
        other = make_feed(session, make_source(session, "medias24"), "https://m.example/feed")
    return hespress, other


def told(database: Database, feed_id: int, guid: str, *titles: str, body: str = BODY) -> None:
    """Poll an entry under one headline after the other, a minute apart."""
    for count, title in enumerate(titles):
        url = f"https://{feed_id}.example/{guid}"
        poll(
            database, feed_id, an_entry(title, url, guid=guid, text=body), now=NOW + count * MINUTE
        )


def listed(database: Database, chosen: ChangeFilter = TODAY) -> list[tuple[str, str, str]]:
    with database.read() as session:
        page = revisions.list_changes(session, chosen, ZONE)
    return [(each.before.title, each.after.title, each.change.size) for each in page.changes]


def counts(database: Database, chosen: ChangeFilter = TODAY) -> ChangeCounts:
    with database.read() as session:
        return revisions.count_changes(session, chosen, ZONE)


def test_changes_of_a_day_the_latest_first(database: Database, feeds: tuple[int, int]) -> None:
    told(database, feeds[0], "a", "سقوط 3 قتلى", "سقوط 4 قتلى", "سقوط 5 قتلى")
    told(database, feeds[1], "b", "فوز الرجاء", "خسارة الرجاء")
    assert listed(database) == [
        ("سقوط 4 قتلى", "سقوط 5 قتلى", "figures"),
        ("فوز الرجاء", "خسارة الرجاء", "substance"),
        ("سقوط 3 قتلى", "سقوط 4 قتلى", "figures"),
    ]
    assert listed(database, ChangeFilter(TODAY.day - timedelta(days=1))) == []


def test_pages_of_changes(database: Database, feeds: tuple[int, int]) -> None:
    told(database, feeds[0], "a", *(f"سقوط {count} قتلى" for count in range(3, 8)))
    cursor, seen = None, []
    with database.read() as session:
        while True:
            page = revisions.list_changes(session, TODAY, ZONE, cursor, limit=3)
            seen += [each.number for each in page.changes]
            if page.next_cursor is None:
                break
            cursor = page.next_cursor
    assert seen == [5, 4, 3, 2]


def test_changes_by_source_and_size(database: Database, feeds: tuple[int, int]) -> None:
    told(database, feeds[0], "a", "سقوط 3 قتلى", "سقوط 4 قتلى")
    told(database, feeds[1], "b", "فوز الرجاء", "خسارة الرجاء")
    told(database, feeds[1], "c", "قطار جديد بفاس", "قطار جديذ بفاس")
    by_source = ChangeFilter(TODAY.day, source="medias24")
    assert [after for _, after, _ in listed(database, by_source)] == [
        "قطار جديذ بفاس",
        "خسارة الرجاء",
    ]
    least = ChangeFilter(TODAY.day, size="figures")
    assert [size for *_, size in listed(database, least)] == ["substance", "figures"]
    found = counts(database, least)
    assert found.total == 2
    assert dict(found.by_size) == {
        "typo": 1, "wording": 0, "figures": 1, "names": 0, "substance": 1,
    }  # fmt: skip
    assert {ref.slug: count for ref, count in found.by_source} == {"hespress": 1, "medias24": 1}
    with database.read() as session, pytest.raises(NotFound):
        revisions.list_changes(session, ChangeFilter(TODAY.day, source="nobody"), ZONE)


def test_what_a_publisher_announces_is_listed_on_request(
    database: Database, feeds: tuple[int, int]
) -> None:
    told(database, feeds[0], "a", "سقوط 3 قتلى", "سقوط 4 قتلى (محين)")
    assert listed(database) == []
    assert counts(database).total == 0
    everything = ChangeFilter(TODAY.day, announced=True)
    assert len(listed(database, everything)) == 1
    assert counts(database, everything).total == 1


def test_changes_of_a_topic(database: Database, feeds: tuple[int, int]) -> None:
    told(database, feeds[0], "a", "السدود تمتلئ", "السدود لا تمتلئ", body="")
    told(database, feeds[1], "b", "فوز الرجاء", "خسارة الرجاء", body="")
    text = LocalizedText("الماء", "L’eau", "Water")
    content = TopicContent("water", text, LocalizedText("", "", ""), "سدود", "published")
    with database.write() as session:
        topics.create(session, EDITOR, content, NOW)
    run_backfill(database, NOW)
    assert [after for _, after, _ in listed(database, ChangeFilter(TODAY.day, topic="water"))] == [
        "السدود لا تمتلئ"
    ]
    found = counts(database)
    assert [(topic.content.slug, count) for topic, count in found.by_topic] == [("water", 1)]


def test_an_article_in_two_feeds_of_a_source_is_listed_once(
    database: Database, feeds: tuple[int, int]
) -> None:
    with database.write() as session:
        again = make_feed(session, 1, "https://hespress.example/second")
    for title, now in (("سقوط 3 قتلى", NOW), ("سقوط 4 قتلى", NOW + MINUTE)):
        entry = an_entry(title, "https://hespress.example/1", guid="1", text=BODY)
        for feed_id in (feeds[0], again):
            poll(database, feed_id, entry, now=now)
    assert len(listed(database)) == 1
    assert counts(database).total == 1


def test_lists_show_the_largest_change(database: Database, feeds: tuple[int, int]) -> None:
    told(database, feeds[0], "a", "سقوط 3 قتلى", "سقوط 4 قتلى", "سقوط 4 قتلي")
    told(database, feeds[1], "b", "خبر", body="")
    with database.read() as session:
        page = list_entries(session, EntryFilter())
    assert {entry.title: entry.change for entry in page.entries} == {
        "سقوط 4 قتلي": "figures",
        "خبر": None,
    }


def test_any_two_versions_are_compared(database: Database, feeds: tuple[int, int]) -> None:
    told(database, feeds[0], "a", "سقوط 3 قتلى", "سقوط 4 قتلى", "سقوط 5 قتلى")
    with database.read() as session:
        history = revisions.find_history(session, None, 1)
    found = revisions.compare_versions(history)
    assert found is not None
    assert (found.before.number, found.after.number) == (2, 3)
    assert [(each.kind, each.text) for each in found.title] == [
        ("same", "سقوط "), ("removed", "4"), ("added", "5"), ("same", " قتلى"),
    ]  # fmt: skip
    assert (found.summary, found.text) == ((), ())
    found = revisions.compare_versions(history, before=1)
    assert found is not None
    assert [each.text for each in found.title if each.kind == "removed"] == ["3"]
    with pytest.raises(InvalidInput):
        revisions.compare_versions(history, after=4)


def test_an_entry_that_never_changed_has_nothing_to_compare(
    database: Database, feeds: tuple[int, int]
) -> None:
    told(database, feeds[0], "a", "خبر")
    with database.read() as session:
        history = revisions.find_history(session, None, 1)
        assert revisions.compare_versions(history) is None
        with pytest.raises(NotFound):
            revisions.find_history(session, None, 99)
