"""A sample document for each format and each kind of damage, and the feed that it reads as.

Each file in `data/feeds` has its expectation beside it: what it is sent as, and every field of
the `ParsedFeed` that is not empty. Times are ISO 8601, durations seconds, enclosures
[URL, type, length] and alternative text if there is one, problems their kinds.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.parse.feed import parse_feed
from aggregator.types import Enclosure, FeedDocument, FeedProblem, ParsedEntry, ParsedFeed

FEEDS = Path(__file__).parent.parent / "data" / "feeds"
SAMPLES = sorted(path.name for path in FEEDS.iterdir() if path.suffix != ".json")


def as_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enclosure):
        return [value.url, value.type, value.length, *([value.alt] if value.alt else [])]
    if isinstance(value, FeedProblem):
        return value.kind
    if isinstance(value, tuple):
        return [as_json(one) for one in value]
    if isinstance(value, ParsedEntry | ParsedFeed):
        fields = dataclasses.fields(value)
        values = {field.name: getattr(value, field.name) for field in fields}
        defaults = {field.name: field.default for field in fields}
        return {
            name: as_json(one)
            for name, one in values.items()
            if defaults[name] is dataclasses.MISSING or one != defaults[name]
        }
    return value


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_reads_as_expected(name: str) -> None:
    path = FEEDS / name
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    feed = parse_feed(
        FeedDocument(
            body=path.read_bytes(),
            content_type=expected["content_type"],
            url=expected["url"],
            language="ar",
            timezone="Africa/Casablanca",
            now=datetime(2026, 8, 15, tzinfo=UTC),
        )
    )
    assert as_json(feed) == expected["feed"]
