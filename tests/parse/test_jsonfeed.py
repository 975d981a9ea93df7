"""JSON Feed with values of every wrong type (whole samples: test_feed)."""

import json
from datetime import UTC, datetime

import pytest

from aggregator.errors import ParseError
from aggregator.parse.jsonfeed import parse_json_feed
from aggregator.types import FeedDocument, ParsedFeed

VERSION = "https://jsonfeed.org/version/1.1"


def parsed(feed: object, limit: int = 1_000) -> ParsedFeed:
    document = FeedDocument(
        body=b"",
        content_type="",
        url="https://example.ma/feed.json",
        language="ar",
        timezone="Africa/Casablanca",
        now=datetime(2026, 8, 15, tzinfo=UTC),
    )
    return parse_json_feed(json.dumps(feed), document, (), limit)


@pytest.mark.parametrize("wrong", [None, 5, True, "x", [], {}, [5, None], {"a": 1}])
def test_wrong_types_cost_no_more_than_their_value(wrong: object) -> None:
    names = (
        "url content_html summary image date_published date_modified author authors tags"
        " attachments language banner_image external_url"
    )
    record = {"id": "1", "title": "عنوان", **dict.fromkeys(names.split(), wrong)}
    feed = parsed({"version": VERSION, "title": wrong, "hubs": wrong, "items": [record]})
    assert [(entry.guid, entry.title) for entry in feed.entries] == [("1", "عنوان")]


@pytest.mark.parametrize(
    "feed", [5, [], {}, {"version": VERSION}, {"version": "2", "items": []}, {"items": {}}]
)
def test_other_json_is_no_feed(feed: object) -> None:
    with pytest.raises(ParseError) as error:
        parsed(feed)
    assert error.value.kind == "not_a_feed"


def test_of_too_many_entries_the_newest_stay_in_their_order() -> None:
    items = [{"id": str(n), "date_published": f"2026-08-{n + 1:02}"} for n in range(20)]
    feed = parsed({"version": VERSION, "items": items}, limit=3)
    assert [entry.guid for entry in feed.entries] == ["17", "18", "19"]
    assert [problem.kind for problem in feed.problems] == ["too_many_entries"]


def test_a_summary_beside_html_is_escaped_text() -> None:
    record = {"id": "1", "summary": "3 < 5", "content_html": "<p>x</p>"}
    entry = parsed({"version": VERSION, "items": [record]}).entries[0]
    assert (entry.summary_html, entry.plain_text) == ("3 &lt; 5", False)


def test_what_xml_forbids_goes_here_too() -> None:
    record = {"id": "1\x00", "title": "أ\ud800\u202eب", "content_html": "<p>\ud800\x00x</p>"}
    entry = parsed({"version": VERSION, "items": [record]}).entries[0]
    assert (entry.guid, entry.title, entry.content_html) == ("1", "أب", "<p>x</p>")
