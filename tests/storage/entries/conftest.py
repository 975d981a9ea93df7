"""Feeds to store entries of."""

from __future__ import annotations

import pytest

from aggregator.storage.engine import Database
from tests.builders import make_feed, make_source


@pytest.fixture
def hespress(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session, "hespress"))


@pytest.fixture
def medias24(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session, "medias24"), "https://m.example/feed")


@pytest.fixture
def le360(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session, "le360"), "https://l.example/feed")
