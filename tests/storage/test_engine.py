"""Transactions: reads see one snapshot, writers wait for each other instead of failing."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.orm import Session

from aggregator.storage import engine as engine_module
from aggregator.storage.engine import Database, is_busy, is_over_budget
from aggregator.storage.models import Feed, Source
from tests.builders import NOW, feed_row, make_feed, make_source


def sources(session: Session) -> int:
    return session.execute(select(func.count()).select_from(Source)).scalar_one()


def test_a_write_is_kept_and_a_failed_one_is_not(database: Database) -> None:
    with database.write() as session:
        make_source(session, "hespress")

    def fail() -> None:
        with database.write() as session:
            make_source(session, "medias24")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as session:
        assert sources(session) == 1


def test_nothing_done_while_reading_is_kept(database: Database) -> None:
    try:
        with database.read() as session:
            make_source(session)
    except SQLAlchemyError:  # PostgreSQL refuses at once
        pass
    with database.read() as session:
        assert sources(session) == 0


def test_a_reader_sees_one_state_from_beginning_to_end(database: Database) -> None:
    with database.read() as reading:
        assert sources(reading) == 0
        with database.write() as session:
            make_source(session)
        assert sources(reading) == 0
    with database.read() as reading:
        assert sources(reading) == 1


def test_a_savepoint_takes_back_its_own_part_only(database: Database) -> None:
    def fail(session: Session) -> None:
        with session.begin_nested():
            make_source(session, "medias24")
            raise ZeroDivisionError

    with database.write() as session:
        make_source(session, "hespress")
        with pytest.raises(ZeroDivisionError):
            fail(session)
        make_source(session, "le360")
    with database.read() as session:
        assert sources(session) == 2


@pytest.mark.parametrize("kind", ["write", "write_exclusive"])
def test_writers_that_read_first_wait_for_each_other(database: Database, kind: str) -> None:
    """Each reads a counter and writes it plus one: with `store` none is lost on either database."""
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
    together = threading.Barrier(4)

    def count_up(_: int) -> None:
        together.wait()
        for _ in range(5):
            with getattr(database, kind)() as session:
                session.execute(select(Source.id)).all()
                if kind == "write_exclusive":
                    seen = session.execute(select(Feed.entry_count)).scalar_one()
                    session.execute(update(Feed).values(entry_count=seen + 1))
                else:
                    session.execute(update(Feed).values(entry_count=Feed.entry_count + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(4)))
    assert feed_row(database, feed_id).entry_count == 20


def test_a_claim_in_a_transaction_that_fails_is_taken_back(database: Database) -> None:
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))

    def fail() -> None:
        with database.write() as session:
            session.execute(update(Feed).where(Feed.id.in_(select(Feed.id))).values(lease="mine"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert feed_row(database, feed_id).lease is None


def test_times_come_back_as_they_went_in(database: Database) -> None:
    casablanca = timezone(timedelta(hours=1))
    moment = datetime(2026, 3, 1, 0, 30, 15, 123456, tzinfo=casablanca)
    with database.write() as session:
        feed_id = make_feed(session, make_source(session), next_poll_at=moment)
    stored = feed_row(database, feed_id).next_poll_at
    assert stored == moment
    assert stored.tzinfo is UTC
    with database.read() as session:
        before = select(Feed.id).where(Feed.next_poll_at < moment + timedelta(microseconds=1))
        assert session.execute(before).scalars().all() == [feed_id]


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_times_far_away(database: Database, year: int) -> None:
    moment = datetime(year, 6, 1, tzinfo=UTC)
    with database.write() as session:
        feed_id = make_feed(session, make_source(session), newest_entry_at=moment)
    assert feed_row(database, feed_id).newest_entry_at == moment


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"), database.write() as session:
        make_feed(session, make_source(session), next_poll_at=NOW.replace(tzinfo=None))


def test_sqlite_is_in_wal_mode_with_foreign_keys(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_the_file_of_a_sqlite_database(tmp_path: Path) -> None:
    assert Database(f"sqlite:///{tmp_path}/a.db").path == tmp_path / "a.db"


def test_postgresql_does_not_compile_statements(postgresql_database: Database) -> None:
    for begin in (postgresql_database.read, postgresql_database.write):
        with begin() as session:
            assert session.execute(text("SHOW jit")).scalar_one() == "off"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_name_of_postgresql(scheme: str) -> None:
    database = Database(f"{scheme}://nobody@localhost/nothing")
    assert not database.is_sqlite
    assert database.engine.url.drivername == "postgresql+psycopg"


def test_a_server_that_has_vanished_is_not_waited_for_long() -> None:
    url = "postgresql://h/m?connect_timeout=60&host=a"
    query = Database(url).engine.url.query
    assert query["connect_timeout"] == "60"  # as the URL says
    assert query["host"] == "a"
    assert {"keepalives_idle", "tcp_user_timeout"} <= query.keys()
    assert Database("postgresql://h/m").engine.url.query["connect_timeout"] == "10"


# --- budgets -------------------------------------------------------------------------------------

COSTLY = text(
    "WITH RECURSIVE numbers(n) AS"
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300000000)"
    " SELECT count(*) FROM numbers"
)


def test_a_read_ends_beyond_its_budget(database: Database) -> None:
    with pytest.raises(OperationalError) as error, database.read(budget_s=0.05) as session:
        session.execute(COSTLY).all()
    assert is_over_budget(error.value)


def test_a_budget_is_for_one_session(sqlite_database: Database) -> None:
    """Its connection goes back to the pool, and is used by those without one."""
    for budget in (1e-9, None):
        with sqlite_database.read(budget_s=budget) as session:
            few = text(str(COSTLY).replace("300000000", "100000"))
            if budget:
                with pytest.raises(OperationalError):
                    session.execute(few).all()
            else:
                assert session.execute(few).scalar_one() == 100_000


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://amina:PW@db.example/marsad",
        "postgresql://amina:P%40PW@db.example/marsad",
        "postgresql://amina@db.example/marsad?password=PW&sslpassword=PW",
    ],
)
def test_no_password_is_shown(url: str) -> None:
    shown = Database(url).shown_url
    assert "PW" not in shown
    assert shown.startswith("postgresql://amina")
    assert shown.endswith("@db.example/marsad")


# --- SQLite's lock ----------------------------------------------------------------------------


def test_after_a_transaction_that_nobody_waits_for_others_get_the_lock(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    now = [100.0]
    monkeypatch.setattr(engine_module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(engine_module.time, "sleep", slept.append)

    def write(database: Database, held_s: float) -> None:
        with database.write() as session:
            session.connection()
            now[0] += held_s

    write(sqlite_database, 0.02)
    assert slept == []
    write(sqlite_database.with_lock_wait(1), 0)  # a page does not wait for the end of the gap
    assert slept == []
    write(sqlite_database, 5)
    assert slept == pytest.approx([0.005])
    write(sqlite_database, 0)
    assert slept[1:] == pytest.approx([0.01])  # however long it was held
    now[0] += 1
    write(sqlite_database, 0)
    assert len(slept) == 2


def test_a_page_tries_more_often_than_those_that_nobody_waits_for(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(engine_module.time, "sleep", slept.append)
    held = sqlite3.connect(sqlite_database.path, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")

    def pause(database: Database) -> float:
        def release(seconds: float) -> None:
            slept.append(seconds)
            held.execute("ROLLBACK")

        monkeypatch.setattr(engine_module.time, "sleep", release)
        with database.write() as session:
            session.connection()
        held.execute("BEGIN IMMEDIATE")
        return slept[-1]

    assert pause(sqlite_database.with_lock_wait(1)) < pause(sqlite_database) < 0.1
    held.close()


@pytest.mark.parametrize("wait_s", [0, 0.05])
def test_a_writer_that_waits_in_vain_for_sqlite(sqlite_database: Database, wait_s: float) -> None:
    held = sqlite3.connect(sqlite_database.path, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    with (
        pytest.raises(OperationalError) as caught,
        sqlite_database.write(lock_wait_s=wait_s) as session,
    ):
        session.connection()
    assert is_busy(caught.value)
    held.close()
    with sqlite_database.write(lock_wait_s=wait_s) as session:
        session.connection()
