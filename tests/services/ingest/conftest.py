"""Fixtures of tests of the write path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from aggregator.services.ingest import prepare as preparation
from aggregator.services.ingest.prepare import prepare
from aggregator.storage.engine import Database
from aggregator.types import ParsedEntry, ParsedFeed, PreparedEntry, PreparedFeed
from tests.builders import make_feed, make_source
from tests.services.ingest.parsed import ENTRY, document


@pytest.fixture
def feed_id(database: Database) -> int:
    """A feed at https://hespress.example/feed, due at `NOW`."""
    with database.write() as session:
        return make_feed(session, make_source(session))


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Callable[..., PreparedFeed]:
    """Prepares a feed of the given entries, as if they had been parsed."""

    def run(*entries: ParsedEntry, language: str = "ar", **feed: object) -> PreparedFeed:
        parsed = ParsedFeed("rss 2.0", "مثال", "https://www.example.ma/", "ar", entries)
        monkeypatch.setattr(preparation, "parse_feed", lambda _: replace(parsed, **feed))
        return prepare(document(language=language))

    return run


@pytest.fixture
def one(prepared: Callable[..., PreparedFeed]) -> Callable[..., PreparedEntry]:
    """Prepares the usual entry with some fields changed."""

    def run(**changes: object) -> PreparedEntry:
        return prepared(replace(ENTRY, **changes)).entries[0]

    return run
