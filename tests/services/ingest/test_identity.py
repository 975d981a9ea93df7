"""One article, one row: documents of publishers without stable names, polled over days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

import pytest

from aggregator.services.ingest.prepare import prepare
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import delete_before
from aggregator.types import FeedDocument, PreparedFeed
from tests.builders import BODY, NOW, entry_rows
from tests.services.ingest.polls import POLICY, claim

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SITE = "https://jarida.example"
WORDS = BODY.split()


def item(
    link: str, title: str, text: str = "", date: datetime | None = None, guid: str = ""
) -> str:
    fields = {"title": title, "link": link, "description": text, "guid": guid}
    if date:
        fields["pubDate"] = format_datetime(date)
    tags = (f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if value)
    return f"<item>{''.join(tags)}</item>"


def text_of(number: int) -> str:
    """A text of ten words that no other number has."""
    return f"{number} {' '.join(WORDS[number : number + 9])}"


def document(items: Iterable[str], now: datetime) -> PreparedFeed:
    body = f"<rss version='2.0'><channel><title>ج</title>{''.join(items)}</channel></rss>"
    address = f"{SITE}/feed"
    return prepare(
        FeedDocument(body.encode(), "application/rss+xml", address, "ar", "Africa/Casablanca", now)
    )


def poll(
    database: Database,
    feed_id: int,
    *items: str,
    now: datetime = NOW,
    mend: Callable[[PreparedFeed], PreparedFeed] = lambda feed: feed,
) -> PollOutcome:
    feed = claim(database, feed_id, now)
    result = PollResult(feed, now, document=mend(document(items, now)))
    (stored,) = store(database, [result], POLICY)
    assert stored.failure is None
    return stored


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize(
    "link",
    [
        "{site}/a/{number}?t={turn}",
        "{site}/click?id={turn}{number}&to={site}/a/{number}",
        "https://t{turn}.clicks.example/r/{turn}x{number}",
        "{site}/a/{number}#{turn}",
    ],
)
@pytest.mark.parametrize("guid", ["", "{turn}-{number}", "link"], ids=["no guid", "new", "link"])
def test_addresses_that_change_at_each_poll(
    database: Database, feed_id: int, link: str, guid: str, dated: bool
) -> None:
    for turn in range(4):
        items = []
        for number in range(10):
            address = link.format(site=SITE, number=number, turn=turn)
            name = address if guid == "link" else guid.format(turn=turn, number=number)
            date = NOW - number * HOUR if dated else None
            items.append(item(address, f"خبر {number}", text_of(number), date, name))
        stored = poll(database, feed_id, *items, now=NOW + turn * HOUR)
        assert stored.new == (0 if turn else 10)
    rows = entry_rows(database)
    assert len(rows) == 10
    assert all(row.updated_at is None for row in rows)


@pytest.mark.parametrize("day", [False, True], ids=["with time", "day alone"])
def test_titles_without_texts_at_addresses_that_change(
    database: Database, feed_id: int, day: bool
) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    for turn in range(4):
        items = []
        for number in range(10):
            date = midnight if day else NOW - number * HOUR
            items.append(item(f"{SITE}/a/{number}?t={turn}", f"خبر من المدينة {number}", "", date))
        stored = poll(database, feed_id, *items, now=NOW + turn * HOUR)
        assert stored.new == (0 if turn else 10)
    assert len(entry_rows(database)) == 10


def test_a_mended_slug_is_no_new_article(database: Database, feed_id: int) -> None:
    text = " ".join(WORDS[:20])
    poll(database, feed_id, item(f"{SITE}/12-sdud", "ملء السدود يتحسن", text, NOW - HOUR))
    mended = item(f"{SITE}/12-sudud", "ملء السدود يتحسن كثيرا", f"{text} اليوم", NOW - HOUR)
    assert (poll(database, feed_id, mended).new, len(entry_rows(database))) == (0, 1)
    (row,) = entry_rows(database)
    assert (row.url, row.guid) == (f"{SITE}/12-sudud", f"{SITE}/12-sudud")
    assert poll(database, feed_id, mended).changed == 0


def test_places_of_one_page_are_entries(database: Database, feed_id: int) -> None:
    updates = [item(f"{SITE}/live#u{number}", "تحديث", text_of(number)) for number in (1, 2, 3)]
    assert poll(database, feed_id, *updates[:1]).new == 1
    assert poll(database, feed_id, *updates[1::-1]).new == 1
    assert poll(database, feed_id, *updates[::-1]).new == 1
    assert poll(database, feed_id, *updates).new == 0
    edited = item(f"{SITE}/live#u2", "تحديث", text_of(5))
    stored = poll(database, feed_id, edited)
    assert (stored.new, stored.changed, len(entry_rows(database))) == (0, 1, 3)


@pytest.mark.parametrize("kept", [1, 3], ids=["today's only", "three days"])
@pytest.mark.parametrize("titled", [True, False], ids=["one title", "its own title"])
def test_a_daily_bulletin_at_one_address(
    database: Database, feed_id: int, kept: int, titled: bool
) -> None:
    def issue(day: int, words: str = "") -> str:
        title = "نشرة الطقس" if titled else f"نشرة الطقس ليوم {day}"
        text = f"{text_of(day)}{words}"
        return item(f"{SITE}/nachra", title, text, NOW + day * DAY - HOUR)

    for day in range(6):
        items = [issue(number) for number in range(day, max(-1, day - kept), -1)]
        assert poll(database, feed_id, *items, now=NOW + day * DAY).new == 1
        assert poll(database, feed_id, *items, now=NOW + day * DAY + HOUR).new == 0
    edited = poll(database, feed_id, issue(5, " تصحيح"), now=NOW + 5 * DAY + 2 * HOUR)
    assert (edited.new, edited.changed, len(entry_rows(database))) == (0, 1, 6)


def test_a_bulletin_goes_on_after_its_first_issue_was_deleted(
    database: Database, feed_id: int
) -> None:
    first = item(f"{SITE}/nachra", "نشرة", text_of(0), NOW - 9 * DAY)
    poll(database, feed_id, first)
    with database.write_exclusive() as session:
        assert delete_before(session, NOW - 8 * DAY, NOW, limit=10) == 1
    assert poll(database, feed_id, first).new == 0
    later = item(f"{SITE}/nachra", "نشرة", text_of(1), NOW + DAY)
    assert poll(database, feed_id, later, first, now=NOW + 2 * DAY).new == 1
    assert [row.guid for row in entry_rows(database)] == [f"{SITE}/nachra"]


def test_what_was_deleted_does_not_return_at_another_address(
    database: Database, feed_id: int
) -> None:
    def old(turn: int) -> str:
        return item(f"{SITE}/a?t={turn}", "قديم", text_of(0), NOW - 9 * DAY)

    poll(database, feed_id, old(1))
    with database.write_exclusive() as session:
        assert delete_before(session, NOW - 8 * DAY, NOW, limit=10) == 1
    assert [poll(database, feed_id, old(turn)).new for turn in (1, 2, 3)] == [0, 0, 0]


# --- what was stored before fragments told addresses apart ---------------------------------------


def as_before(feed: PreparedFeed) -> PreparedFeed:
    """Name entries as they were named before."""
    return replace(
        feed,
        entries=tuple(
            replace(
                entry,
                identity=entry.former_identity or entry.identity,
                url_key=entry.former_url_key if "#" in (entry.url or "") else entry.url_key,
                former_identity=None,
                former_url_key=None,
            )
            for entry in feed.entries
        ),
    )


@pytest.mark.parametrize("guid", [True, False], ids=["guid", "no guid"])
@pytest.mark.parametrize(
    "link", ["{site}/live#u{n}", "{site}/a/{n}#lire", "{site}/#!/a/{n}", "{site}/a/{n}"]
)
@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
def test_the_next_poll_of_an_archive_stores_nothing_again(
    database: Database, feed_id: int, link: str, guid: bool, dated: bool
) -> None:
    items = [
        item(
            link.format(site=SITE, n=n),
            f"خبر {n}",
            text_of(n),
            NOW - n * HOUR if dated else None,
            str(n) if guid else "",
        )
        for n in range(1, 6)
    ]
    assert poll(database, feed_id, items[0], mend=as_before).new == 1
    if "live#u" in link and not guid:  # each became an edit of the one before it
        first = entry_rows(database)[0]
        assert poll(database, feed_id, *items).new == 4
        assert entry_rows(database)[0].title == first.title
    else:
        assert poll(database, feed_id, *items, mend=as_before).new == 4
        assert poll(database, feed_id, *items).new == 0
    again = poll(database, feed_id, *items)
    assert (again.new, again.changed, len(entry_rows(database))) == (0, 0, 5)


def test_deletions_from_before_are_remembered(database: Database, feed_id: int) -> None:
    old = item(f"{SITE}/a/1#lire", "قديم", text_of(0), NOW - 9 * DAY)
    poll(database, feed_id, old, mend=as_before)
    with database.write_exclusive() as session:
        assert delete_before(session, NOW - 8 * DAY, NOW, limit=10) == 1
    assert poll(database, feed_id, old).new == 0
    later = item(f"{SITE}/a/1#lire", "جديد", text_of(1), NOW + HOUR)
    assert poll(database, feed_id, later, now=NOW + DAY).new == 1
