"""Fixtures of tests of the write path."""

from __future__ import annotations

import pytest

from aggregator.storage.engine import Database
from tests.builders import make_feed, make_source


@pytest.fixture
def feed_id(database: Database) -> int:
    """A feed at https://hespress.example/feed, due at `NOW`."""
    with database.write() as session:
        return make_feed(session, make_source(session))
