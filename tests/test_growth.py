"""What pages and polls read does not grow with the archive.

Two archives are filled with the same news per day, one of them for ten times as many days. Every
page is requested and feeds are polled on both; each statement may read a little more on the large
one (trees are deeper), not in proportion.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, inspect, text

from aggregator.storage.engine import Database
from benchmarks.readers_collections import add_collections
from benchmarks.readers_data import fill_database
from benchmarks.readers_pages import PAGES
from benchmarks.readers_rows import Size
from benchmarks.statements import forget_statistics, page_scenarios, poll_scenarios

# Pages that read more of a larger archive, and why they may.
EXEMPT = {
    "topic as CSV": "lists up to 1,000 entries",
    "a small topic": "has a full page of entries only in the larger archive",
    "a section in Arabic": "walks the index of its section until a page is full",
}
# Parts of statements whose limits are larger than these archives.
BOUNDED = ("search_index", "SELECT topics.id, (SELECT count(*)")
SORTED_UNTIL_ANALYZED = {"sqlite": (), "postgresql": ("entries.section = ",)}
# Limits of what is read, low enough for the smaller archive to reach them.
LIMITS = {
    "aggregator.storage.listing.plan.MAX_SORTED_UNREAD": 100,
    "aggregator.storage.listing.front.MAX_ARRIVALS_SCANNED": 300,
    "aggregator.services.reading.stories.STORY_PAGE_SIZE": 10,
    "benchmarks.readers_rows.HEADLINES": 500,  # making these up takes long
    "benchmarks.readers_rows.PARAGRAPHS": 300,
    "benchmarks.readers_stories.LARGE": 30,
    "benchmarks.readers_stories._LARGE_EVERY": 200,
}
# Days of the archives.
SMALL, LARGE = 40, 400
A_DAY = 60
SOURCES, READERS = 20, 20
# A statement may cost this many times as much on the archive that is ten times as large …
MAX_GROWTH = 3.0
# … or this much more: instructions of SQLite, rows of PostgreSQL.
SLACK = {"sqlite": 2000, "postgresql": 500}

Costs = dict[tuple[str, str], int]
"""By scenario and statement."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql")])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["analyzed", "never analyzed"])
def with_statistics(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def filled(
    kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[int, Database]:
    """By days: archives to copy."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in LIMITS.items():
            patch.setattr(name, limit)
        for days in (SMALL, LARGE):
            if kind == "sqlite":
                url = f"sqlite:///{tmp_path_factory.mktemp('archive') / 'archive.db'}"
            else:
                url = request.getfixturevalue("postgresql")(f"archive{days}")
            database = found[days] = Database(url)
            size = Size(days * A_DAY, SOURCES, READERS, seed=1, days=days)
            assert fill_database(database, size)
            assert add_collections(database, size)
            database.close()
    return found


@pytest.fixture
def archives(
    kind: str, with_statistics: bool, filled: dict[int, Database], tmp_path: Path
) -> Iterator[tuple[Database, Database]]:
    """The small one and the large one, to read and poll."""
    copies = tuple(_copy(filled[days], tmp_path / f"{days}.db") for days in (SMALL, LARGE))
    for database in copies:
        if not with_statistics:
            forget_statistics(database)
        if kind == "postgresql":
            _plan_as_for_many_rows(database)
    yield copies[0], copies[1]
    for database in copies:
        database.close()


def _copy(database: Database, path: Path) -> Database:
    if database.is_sqlite:
        shutil.copyfile(database.path, path)
        return Database(f"sqlite:///{path}")
    name = f"{database.url.database}-copy"
    admin = create_engine(database.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{database.url.database}"'))
    admin.dispose()
    return Database(database.url.set(database=name).render_as_string(hide_password=False))


def _plan_as_for_many_rows(database: Database) -> None:
    """Have PostgreSQL believe that there is a hundred times as much, and keep to indexes.

    It rightly reads tables of a few pages whole. What it chooses for large ones is for
    `benchmarks.statements` to show.
    """
    with database.write() as session:
        for name in inspect(session.connection()).get_table_names():  # or statistics come back
            session.execute(text(f'ALTER TABLE "{name}" SET (autovacuum_enabled = off)'))
        session.execute(
            text(
                "UPDATE pg_class SET reltuples = reltuples * 100"
                " WHERE relnamespace = 'public'::regnamespace AND reltuples > 0"
            )
        )
    database.engine.dispose()

    @event.listens_for(database.engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.autocommit = True
        for method in ("seqscan", "hashjoin", "mergejoin"):
            connection.execute(f"SET enable_{method} = off")
        connection.autocommit = False


def costs_of(database: Database) -> Costs:
    """What every scenario costs, with limits that the smaller archive reaches too."""
    found: Costs = {}
    pages = [page for page in PAGES if page.name not in EXEMPT]
    for scenario in (*page_scenarios(database, pages), *poll_scenarios(database)):
        assert scenario.status < 400, scenario.name
        for statement, work in scenario.costs.work.items():
            found[scenario.name, statement] = work
    return found


def test_no_statement_of_a_page_or_a_poll_reads_more_of_a_larger_archive(
    kind: str,
    with_statistics: bool,
    archives: tuple[Database, Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, limit in LIMITS.items():
        monkeypatch.setattr(name, limit)
    small, large = map(costs_of, archives)
    # Until the poller's first ANALYZE, PostgreSQL sorts a section for the front page.
    bounded = (*BOUNDED, *(() if with_statistics else SORTED_UNTIL_ANALYZED[kind]))
    grown = [
        f"{scenario}: {small.get((scenario, statement), 0)} -> {work}: {statement[:300]}"
        for (scenario, statement), work in large.items()
        if work > max(small.get((scenario, statement), 0) * MAX_GROWTH, SLACK[kind])
        and not any(part in statement for part in bounded)
    ]
    assert not grown, "\n".join(grown)
    assert len(large) > 100
