"""Each check of `marsad doctor`, with the fault that it finds."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from aggregator.services.ingest.index import index_backlog
from aggregator.services.operate import doctor
from aggregator.services.operate.doctor import MIB, check_disk, check_dns
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed, Job, SearchDoc
from aggregator.types.diagnosis import Finding
from aggregator.types.monitoring import Space
from tests.builders import NOW, make_entry, make_feed, make_source

LONGEST = timedelta(hours=4)


@pytest.fixture
def polled(database: Database) -> Database:
    """A database with one feed, polled just now, and an entry that is indexed."""
    with database.write() as session:
        due = NOW + timedelta(minutes=5)
        source = make_source(session, "alwaha")
        feed = make_feed(session, source, last_polled_at=NOW, next_poll_at=due)
        make_entry(session, feed, "حصاد الشمندر")
    index_backlog(database)
    reindex(database)
    index_backlog(database)
    return database


def reindex(database: Database) -> str:
    with database.write_exclusive() as session:
        return doctor.reindex(session)


def find(database: Database, check: str) -> Finding:
    found = {each.check: each for each in doctor.check_database(database, NOW, LONGEST)}
    return found[check]


def change(database: Database, statement: str, **values: object) -> None:
    with database.write() as session:
        session.execute(text(statement), values)


def change_feeds(database: Database, **values: object) -> None:
    with database.write() as session:
        session.execute(update(Feed).values(values))


def test_a_healthy_installation(polled: Database) -> None:
    findings = list(doctor.check_database(polled, NOW, LONGEST))
    assert [each.check for each in findings] == [
        "migrations", "integrity", "search index", "clock", "polling", "leases",
    ]  # fmt: skip
    not_ok = [each for each in findings if each.status != "ok" and each.check != "clock"]
    assert not_ok == []


# --- schema, damage ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revision", "message", "advice"),
    [
        ("0001", "the schema is at revision 0001; this version needs", "marsad migrate"),
        ("9999", "of a newer version", "install that version"),
    ],
)
def test_another_schema(polled: Database, revision: str, message: str, advice: str) -> None:
    with polled.read() as session:
        (head,) = session.execute(text("SELECT version_num FROM alembic_version")).scalars()
    change(polled, "UPDATE alembic_version SET version_num = :to", to=revision)
    try:
        (found,) = doctor.check_database(polled, NOW, LONGEST)
    finally:
        change(polled, "UPDATE alembic_version SET version_num = :to", to=head)
    assert (found.check, found.status) == ("migrations", "error")
    assert message in found.message
    assert advice in found.advice


def test_an_empty_database(tmp_path: Path) -> None:
    (found,) = doctor.check_database(Database(f"sqlite:///{tmp_path}/new.db"), NOW, LONGEST)
    assert (found.status, found.advice) == ("error", "marsad migrate")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("no database at all, but long enough to be one " * 40)
    (found,) = doctor.check_database(Database(f"sqlite:///{tmp_path}/notes.db"), NOW, LONGEST)
    assert (found.check, found.status) == ("database", "error")
    assert "marsad restore" in found.advice


def test_rows_without_their_parents(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        make_feed(session, make_source(session, "alwaha"))
    with closing(sqlite3.connect(sqlite_database.path)) as other, other:  # checks no foreign keys
        other.execute("UPDATE feeds SET source_id = 99")
    found = find(sqlite_database, "integrity")
    assert found.status == "error"
    assert found.message == "rows of feeds belong to rows of sources that are gone"


def test_damaged_pages(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.write() as session:
        feed = make_feed(session, make_source(session, "alwaha"))
        for number in range(300):
            make_entry(session, feed, f"حصاد {number}")
    copy = tmp_path / "damaged.db"
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql(f"VACUUM INTO '{copy}'")
    with copy.open("r+b") as file:
        file.seek(copy.stat().st_size // 2)
        file.write(b"\xff" * 3 * 4096)
    findings = list(doctor.check_database(Database(f"sqlite:///{copy}"), NOW, LONGEST))
    wrong = [each for each in findings if each.status == "error"]
    assert wrong[0].check in ("integrity", "database")
    assert "restore" in wrong[0].advice


# --- the index -----------------------------------------------------------------------------------


def test_missing_entries_are_found_and_indexed_again(polled: Database) -> None:
    with polled.write() as session:
        feed = make_feed(session, make_source(session, "rif"), "https://rif.example/feed")
        make_entry(session, feed, "موسم الزيتون")
    found = find(polled, "search index")
    assert (found.status, found.advice) == ("error", "marsad doctor --reindex")
    assert found.message == "1 of 2 entries are missing, 0 damaged"
    assert reindex(polled) == "the poller indexes 1 missing entries from now on"
    assert find(polled, "search index").message.startswith("older entries are still to be indexed")
    assert index_backlog(polled) == 1
    assert find(polled, "search index").message == "all 2 entries can be found"


def test_a_damaged_index_is_made_from_the_beginning(polled: Database) -> None:
    with polled.write() as session:
        session.add(
            SearchDoc(doc=1, entry_id=_entry_id(polled), source_id=1, feed_id=1, language="ar")
        )
        session.execute(text("DELETE FROM search_docs WHERE doc <> 1"))
    assert find(polled, "search index").message == "0 of 1 entries are missing, 1 damaged"
    assert reindex(polled) == "the poller indexes all 1 entries from now on"
    assert index_backlog(polled) == 1
    assert find(polled, "search index").status == "ok"


def _entry_id(database: Database) -> int:
    with database.read() as session:
        (id_,) = session.execute(text("SELECT id FROM entries")).scalars()
    return int(id_)


# --- polling, leases, clock ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "message"), [(None, "last: never"), (NOW - timedelta(days=2), "last: 20")]
)
def test_a_silent_poller(polled: Database, last: object, message: str) -> None:
    change_feeds(polled, last_polled_at=last, next_poll_at=NOW - timedelta(hours=1))
    found = find(polled, "polling")
    assert found.status == "error"
    assert message in found.message
    assert "marsad run" in found.advice


def test_a_poller_that_is_late(polled: Database) -> None:
    with polled.write() as session:
        source, due = make_source(session, "rif"), NOW - timedelta(minutes=11)
        make_feed(session, source, "https://rif.example/feed", next_poll_at=due)
    assert find(polled, "polling").message == "1 of 2 feeds are more than 0:10:00 late"


def test_a_claim_that_is_stuck(polled: Database) -> None:
    assert find(polled, "leases").status == "ok"
    change_feeds(polled, lease="elsewhere:1:x", lease_until=NOW - timedelta(hours=1))
    assert find(polled, "leases").message == "1 feeds are claimed and not released"


def test_a_clock_behind_what_is_stored(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        session.add(Job(name="retention", last_run_at=NOW + timedelta(days=1)))
    found = find(sqlite_database, "clock")
    assert found.status == "error"
    assert "when something was stored" in found.message or "before this program" in found.message


def test_a_clock_that_differs_from_the_servers(postgresql_database: Database) -> None:
    found = find(postgresql_database, "clock")
    assert found.status == "error"
    assert "docs/clocks.md" in found.advice


# --- outside -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "needed", "status"),
    [
        (99 * MIB, 0, "error"),
        (400 * MIB, 0, "warning"),
        (900 * MIB, 2000 * MIB, "warning"),
        (900 * MIB, 800 * MIB, "ok"),
    ],
)
def test_disks(free: int, needed: int, status: str) -> None:
    found = check_disk(Path("/data"), needed, lambda _: Space(10_000 * MIB, free))
    assert found.status == status
    assert bool(found.advice) == (status != "ok")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert check_disk(tmp_path / "nowhere", 0).status == "error"
    assert check_disk(tmp_path, 0).message.endswith(f"are free in {tmp_path}")


def resolve(host: str) -> None:
    if host.startswith("lost"):
        raise OSError("Name or service not known")


@pytest.mark.parametrize(
    ("hosts", "status", "message"),
    [
        (["alwaha.example", "rif.example", "rif.example"], "ok", "2 names can be looked up"),
        (["alwaha.example", "lost.example"], "warning", "cannot be looked up: lost.example"),
        (["lost.example", "192.0.2.1"], "error", "no name can be looked up: lost.example"),
        (["192.0.2.1", "::1", ""], "ok", "no feed has a name to look up"),
    ],
)
def test_names(hosts: list[str], status: str, message: str) -> None:
    found = check_dns(hosts, resolve)
    assert (found.status, found.message) == (status, message)


def test_a_server_of_names_that_does_not_answer() -> None:
    answer = threading.Event()
    try:
        assert check_dns(["a.example"], lambda _: answer.wait(60), timeout_s=0.01).status == "error"
    finally:
        answer.set()
