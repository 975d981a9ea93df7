"""What a poll leaves of the entries of its document."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.services.ingest.prepare import prepare
from aggregator.services.ingest.read_feed import PollResult
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import delete_before
from aggregator.types import CacheHints, FeedDocument
from tests.builders import BODY, NOW, an_entry, entry_rows, feed_row, make_feed, make_source
from tests.services.ingest.polls import POLICY, claim, poll, result_of, titles

URL = "https://hespress.example/feed"
HINTS = CacheHints(etag='"1"', last_modified="Mon, 02 Nov 2026 08:00:00 GMT")
DAY = timedelta(days=1)


def test_new_entries_are_stored_and_counted(database: Database, feed_id: int) -> None:
    stored = poll(database, feed_id, an_entry("ب", guid="2"), an_entry("أ", guid="1"))
    assert (stored.new, stored.changed) == (2, 0)
    assert titles(database) == ["أ", "ب"]
    assert feed_row(database, feed_id).entry_count == 2


def test_polled_again_nothing_is_new(database: Database, feed_id: int) -> None:
    entries = an_entry("ب", guid="2"), an_entry("أ", guid="1")
    poll(database, feed_id, *entries)
    stored = poll(database, feed_id, *entries)
    assert (stored.new, stored.changed) == (0, 0)
    assert feed_row(database, feed_id).entry_count == 2


def test_an_edit_updates_the_row(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry("أ", guid="1", text=BODY))
    stored = poll(database, feed_id, an_entry("أ ٢", guid="1", text=f"{BODY} اليوم"))
    assert (stored.new, stored.changed) == (0, 1)
    (row,) = entry_rows(database)
    assert (row.title, row.updated_at) == ("أ ٢", NOW)
    assert feed_row(database, feed_id).entry_count == 1


def test_an_entry_that_left_its_feed_stays(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry("أ", guid="1"))
    poll(database, feed_id, an_entry("ب", guid="2"))
    assert titles(database) == ["أ", "ب"]


def test_copies_in_one_batch_are_found(database: Database, feed_id: int) -> None:
    with database.write() as session:
        other = make_feed(session, make_source(session, "medias24"), "https://m.example/")
    readings = [
        result_of(database, id_, an_entry("أ", url, text=BODY))
        for id_, url in ((feed_id, "https://h.example/a"), (other, "https://m.example/a"))
    ]
    store(database, readings, POLICY)
    first, copy = entry_rows(database)
    assert (first.duplicate_of, copy.duplicate_of) == (None, first.id)
    assert feed_row(database, other).entry_count == 1


def test_what_retention_deleted_does_not_return(database: Database, feed_id: int) -> None:
    old = an_entry("قديم", "https://h.example/1", guid="1", published_at=NOW - 40 * DAY)
    poll(database, feed_id, old)
    with database.write_exclusive() as session:
        delete_before(session, NOW - 30 * DAY, NOW, limit=10)
    assert poll(database, feed_id, an_entry("جديد", guid="2"), old).new == 1
    assert titles(database) == ["جديد"]
    assert feed_row(database, feed_id).entry_count == 1


def test_nor_under_the_guid_that_it_got_later(database: Database, feed_id: int) -> None:
    old = {"url": "https://h.example/1", "published_at": NOW - 40 * DAY}
    poll(database, feed_id, an_entry("قديم", guid="http://h.example/1", **old))
    poll(database, feed_id, an_entry("قديم", guid="https://h.example/1", **old))
    with database.write_exclusive() as session:
        assert delete_before(session, NOW - 30 * DAY, NOW, limit=10) == 1
    assert poll(database, feed_id, an_entry("قديم", guid="https://h.example/1", **old)).new == 0


def test_nor_beside_others_at_the_same_address(database: Database, feed_id: int) -> None:
    """A page with many articles: those that are known hide none that was deleted."""
    place = "https://h.example/live"
    old = an_entry("قديم", place, guid="0", published_at=NOW - 40 * DAY)
    others = [an_entry(str(number), place, guid=str(number)) for number in range(1, 4)]
    for entry in (old, *others):
        poll(database, feed_id, entry)
    with database.write_exclusive() as session:
        assert delete_before(session, NOW - 30 * DAY, NOW, limit=10) == 1
    assert poll(database, feed_id, old).new == 0


def test_validators_are_stored_with_the_entries(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry(), hints=HINTS, body_digest="d")
    row = feed_row(database, feed_id)
    assert (row.etag, row.last_modified, row.body_digest) == ('"1"', HINTS.last_modified, "d")


def test_times_are_those_of_the_reading(database: Database, feed_id: int) -> None:
    moment = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    poll(database, feed_id, an_entry(published_at=None), now=moment)
    (row,) = entry_rows(database)
    assert row.fetched_at == row.published_at == moment
    assert feed_row(database, feed_id).last_polled_at == moment


NASTY_RSS = (
    b'<rss version="2.0"><channel><title>a\0&#0;&#xD800;b</title><item>'
    b"<title>t\0&#0;&#xD800;&#xFFFF;itle</title><guid>g\0&#0;&#xD800;1</guid>"
    b"<link>https://h.example/\0&#0;a</link><author>a\0&#0;&#xD83D;</author>"
    b"<category>c\0&#0;</category><description>&lt;p title='\0&#0;'>t\0&#0;&amp;#0;&#xD800;"
    b"&lt;/p></description>"
    b"<enclosure url='https://h.example/a\0&#0;.mp3' type='audio/mpeg\0&#0;' length='1'/>"
    b"</item></channel></rss>"
)
NASTY_JSON = rb"""{"version": "https://jsonfeed.org/version/1.1", "title": "a\u0000\ud800",
"items": [{
 "id": "g\u0000\ud8001", "url": "https://h.example/\u0000\ud800a", "title": "t\u0000\ud800itle",
 "content_html": "<p>t\u0000\ud800</p>", "tags": ["c\u0000\ud800"],
 "authors": [{"name": "a\u0000\ud800"}], "image": "https://h.example/\u0000\ud800.png",
 "attachments": [{"url": "https://h.example/\u0000\ud800", "mime_type": "audio/x\u0000\ud800"}]}]}
"""


@pytest.mark.parametrize("body", [NASTY_RSS, NASTY_JSON], ids=["rss", "json"])
def test_no_character_that_a_publisher_sends_costs_the_feed(
    database: Database, feed_id: int, body: bytes
) -> None:
    """PostgreSQL takes no NUL, neither database half a surrogate pair."""
    document = prepare(FeedDocument(body, "", URL, "ar", "Africa/Casablanca", NOW))
    reading = PollResult(claim(database, feed_id), NOW, document=document)
    (stored,) = store(database, [reading], POLICY)
    assert (stored.new, stored.failure) == (1, None)
    assert titles(database)[0].replace("\ufffd", "") == "title"
    again = PollResult(claim(database, feed_id), NOW, document=document)
    assert store(database, [again], POLICY)[0].new == 0
