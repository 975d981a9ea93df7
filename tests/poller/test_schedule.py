"""The polling process: signals, shutdown, reload, one round of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from aggregator.cli.poll import NICENESS
from aggregator.poller.schedule import log_failures
from aggregator.runtime.failure_log import FailureLog
from aggregator.services.ingest.workers import WORKER_NICENESS
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed, Source
from tests.builders import make_entry
from tests.journeys.pollers import (
    TIMEOUT_S,
    MarsadProcess,
    leases_held,
    still_alive,
    wait_until,
    write_config,
)
from tests.journeys.publishing import WINDOW, SlidingPublisher

pytestmark = pytest.mark.slow


def config_of(
    database: Database, publisher: SlidingPublisher, path: Path, *feeds: str, more: str = ""
) -> Path:
    url = database.url.render_as_string(hide_password=False)
    return write_config(path, url, map(publisher.url, feeds), more)


def entries(database: Database) -> int:
    with database.read() as session:
        return len(session.execute(select(Entry.id)).all())


def slugs(database: Database) -> dict[str, bool]:
    with database.read() as session:
        return dict(map(tuple, session.execute(select(Source.slug, Source.enabled))))


def test_it_leaves_the_processor_to_readers(
    sqlite_database: Database,
    publisher: SlidingPublisher,
    tmp_path: Path,
    started: list[MarsadProcess],
) -> None:
    config = config_of(sqlite_database, publisher, tmp_path / "config.toml", "f")
    poller = MarsadProcess(config, "poll")
    started.append(poller)
    wait_until(lambda: entries(sqlite_database) > 0)
    priorities = {process.nice() for process in poller.family()}
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert priorities == {min(own + NICENESS, 19), min(own + NICENESS + WORKER_NICENESS, 19)}


# --- stopping -----------------------------------------------------------------------------------


def test_stopping_in_the_middle_of_slow_answers(
    database: Database, publisher: SlidingPublisher, tmp_path: Path, started: list[MarsadProcess]
) -> None:
    feeds = [f"slow{number}" for number in range(5)]
    publisher.delay_s = 15
    poller = MarsadProcess(config_of(database, publisher, tmp_path / "config.toml", *feeds), "poll")
    started.append(poller)
    wait_until(lambda: all(publisher.polls[feed] for feed in feeds))
    assert leases_held(database) == 5
    family = poller.family()
    assert poller.terminate() < 10
    assert poller.process.returncode == 0, poller.log_text()
    assert leases_held(database) == 0
    assert still_alive(family) == []
    with database.read() as session:
        assert set(session.execute(select(Feed.failures)).scalars()) == {0}


def test_stopping_one_round(
    sqlite_database: Database,
    publisher: SlidingPublisher,
    tmp_path: Path,
    started: list[MarsadProcess],
) -> None:
    publisher.delay_s = 15
    config = config_of(sqlite_database, publisher, tmp_path / "config.toml", "slow")
    poller = MarsadProcess(config, "poll", "--once")
    started.append(poller)
    wait_until(lambda: publisher.polls["slow"] > 0)
    assert poller.terminate() < 10
    assert leases_held(sqlite_database) == 0


def test_stopping_while_the_database_is_locked(
    sqlite_database: Database,
    publisher: SlidingPublisher,
    tmp_path: Path,
    started: list[MarsadProcess],
) -> None:
    publisher.delay_s = 0.5
    config = config_of(sqlite_database, publisher, tmp_path / "config.toml", "f")
    poller = MarsadProcess(config, "poll")
    started.append(poller)
    wait_until(lambda: publisher.polls["f"] > 0)
    other = sqlite3.connect(sqlite_database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert poller.terminate() < 10
    finally:
        other.close()


def test_stopping_at_once(
    sqlite_database: Database,
    publisher: SlidingPublisher,
    tmp_path: Path,
    started: list[MarsadProcess],
) -> None:
    config = config_of(sqlite_database, publisher, tmp_path / "config.toml", "f")
    poller = MarsadProcess(config, "poll")
    started.append(poller)
    wait_until(lambda: bool(poller.family()))
    assert poller.terminate() < 10
    assert leases_held(sqlite_database) == 0


# --- reloading ----------------------------------------------------------------------------------


def test_sighup_loads_the_sources_anew(
    database: Database, publisher: SlidingPublisher, tmp_path: Path, started: list[MarsadProcess]
) -> None:
    config = config_of(database, publisher, tmp_path / "config.toml", "first", "second")
    poller = MarsadProcess(config, "poll")
    started.append(poller)
    wait_until(lambda: publisher.polls["first"] > 0 and publisher.polls["second"] > 0)
    wait_until(lambda: entries(database) >= 2 * WINDOW)

    config_of(database, publisher, config, "second", "third")
    poller.send(signal.SIGHUP)
    wait_until(lambda: publisher.polls["third"] > 0)
    assert slugs(database) == {"first": False, "second": True, "third": True}
    asked = publisher.polls["first"]

    good = config.read_text()
    config.write_text(good.replace("min_interval", "min_intervall"))
    poller.send(signal.SIGHUP)
    wait_until(lambda: "the old one stays" in poller.log_text())
    assert 'did you mean "min_interval"?' in poller.log_text()
    assert slugs(database) == {"first": False, "second": True, "third": True}

    asked_second = publisher.polls["second"]
    wait_until(lambda: publisher.polls["second"] > asked_second)  # polling goes on
    assert publisher.polls["first"] == asked
    assert entries(database) >= 3 * WINDOW
    assert poller.terminate() < 10


# --- on schedule --------------------------------------------------------------------------------


def test_retention_runs_by_itself(
    sqlite_database: Database,
    publisher: SlidingPublisher,
    tmp_path: Path,
    started: list[MarsadProcess],
) -> None:
    more = '[retention]\nkeep = "180d"'
    config = config_of(sqlite_database, publisher, tmp_path / "config.toml", "f", more=more)
    assert MarsadProcess(config, "poll", "--once").process.wait(TIMEOUT_S) == 0
    with sqlite_database.write() as session:
        make_entry(session, 1, "قديم", age=24 * 400)
    poller = MarsadProcess(config, "poll")
    started.append(poller)
    wait_until(lambda: "retention deleted 1 entries" in poller.log_text())
    with sqlite_database.read() as session:
        assert "قديم" not in session.execute(select(Entry.title)).scalars().all()


# --- jobs ---------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_failures_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = FailureLog("the database")
    monkeypatch.setattr("aggregator.poller.schedule.DATABASE_FAILURES", failures)


def test_jobs_end_without_a_word_when_the_poller_stops(caplog: pytest.LogCaptureFixture) -> None:
    async def stop_in_the_middle() -> bool:
        begun = asyncio.Event()

        async def work() -> None:
            begun.set()
            await asyncio.sleep(60)

        task = asyncio.ensure_future(log_failures(work)())
        await begun.wait()
        task.cancel()
        await task
        return task.cancelled()

    assert asyncio.run(stop_in_the_middle()) is False
    assert caplog.text == ""


def test_jobs_tell_of_the_database_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def tend_topics() -> None:
        raise OperationalError("SELECT", None, sqlite3.OperationalError("database is locked"))

    asyncio.run(log_failures(tend_topics)())
    assert [record.getMessage() for record in caplog.records] == ["tend_topics: database is locked"]
    assert caplog.records[0].exc_info is None


def test_a_stopped_database_is_logged_once_by_all_jobs(caplog: pytest.LogCaptureFixture) -> None:
    database = Database("postgresql://marsad:hunter2@127.0.0.1:1/marsad")

    async def claim_due() -> None:
        with database.read() as session:
            session.execute(text("SELECT 1"))

    async def tend_topics() -> None:
        await claim_due()

    for job in (claim_due, tend_topics) * 3:
        asyncio.run(log_failures(job)())
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("claim_due: ")
    assert "\n" not in line
    assert "hunter2" not in line
