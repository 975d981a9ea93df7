"""kill -9 while the index is renewed: a later run goes on, and nothing is lost or indexed twice."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC

import pytest
from sqlalchemy import func, select, text, update

from aggregator.process.analysis.former_document import FORMER_VERSION
from aggregator.query import parse
from aggregator.services.ingest import index
from aggregator.services.search import search
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.storage.engine import Database
from aggregator.storage.models import SearchDoc, SearchState
from tests.builders import NOW, make_entry, make_feed, make_source
from tests.journeys.pollers import wait_until

ENTRIES = 30
KILLS = 3
RENEW = """
import sys, time
from aggregator.services.ingest import index
from aggregator.storage.engine import Database
index.CHUNK = 2
index.index_backlog(Database(sys.argv[1]), pause=lambda _: time.sleep(0.02))
"""


@pytest.fixture
def former_index(database: Database) -> Database:
    """Thirty entries in an index of the version before."""
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
        ids = [make_entry(session, feed_id, "وزارة الصحة", age=age + 1) for age in range(ENTRIES)]
        session.execute(update(SearchState).values(version=-FORMER_VERSION, next_id=max(ids)))
        rows = index.indexing.stored_entries(session, ids)
        index.indexing.add(session, list(map(index.indexing.to_document, rows)))
        session.execute(update(SearchState).values(version=FORMER_VERSION, next_id=0))
    return database


def progress(database: Database) -> float:
    with database.read() as session:
        return index.indexing.indexing_progress(session)


def matches(database: Database) -> int:
    request = SearchRequest(parse("وزارة الصحة"), limit=ENTRIES + 1)
    with database.read() as session:
        return len(search.search(session, SearchContext(None, NOW, UTC), request).hits)


def documents(database: Database) -> set[int]:
    """How many there are, by each table that knows; FTS5 checks its own index."""
    with database.write() as session:
        if database.is_sqlite:
            check = "INSERT INTO search_index (search_index) VALUES ('integrity-check')"
            session.execute(text(check))
        return {
            session.execute(select(func.count()).select_from(SearchDoc)).scalar_one(),
            session.execute(text("SELECT count(*) FROM search_index")).scalar_one(),
            session.execute(select(SearchState.documents)).scalar_one(),
        }


def test_a_renewal_that_is_killed_goes_on(former_index: Database) -> None:
    url = former_index.url.render_as_string(hide_password=False)
    before = 0.0
    for _ in range(KILLS):
        with subprocess.Popen([sys.executable, "-c", RENEW, url]) as renewing:
            wait_until(lambda before=before: progress(former_index) not in (before, 1.0))
            renewing.kill()
        assert renewing.returncode == -9
        assert before < progress(former_index) < 1
        assert documents(former_index) == {ENTRIES}
        assert matches(former_index) == ENTRIES
        before = progress(former_index)
    index.index_backlog(former_index, pause=lambda _: None)
    assert progress(former_index) == 1
    with former_index.read() as session:
        assert not index.indexing.is_renewed(session)
    assert documents(former_index) == {ENTRIES}
    assert matches(former_index) == ENTRIES
