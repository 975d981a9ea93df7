"""The file of a SQLite database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from aggregator.storage import backup
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from aggregator.storage.sqlite_file import others_may_read


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def made(tmp_path: Path, open_umask: None) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'made.db'}")
    migrate(database)
    yield database
    database.close()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_only_its_owner_can_read_it(made: Database, tmp_path: Path) -> None:
    files = list(tmp_path.iterdir())
    assert {path.name for path in files} == {"made.db", "made.db-wal", "made.db-shm"}
    assert {mode(path) for path in files} == {0o600}
    target = tmp_path / "backup"
    backup.backup(made, target, lambda _done, _total: None)
    assert mode(target) == 0o600
    restored = Database(f"sqlite:///{tmp_path / 'restored.db'}")
    backup.restore(restored, target, lambda _done, _total: None)
    restored.close()
    assert mode(restored.path) == 0o600


def test_permissions_that_somebody_chose_stay(made: Database) -> None:
    made.path.chmod(0o640)
    assert others_may_read(made.path)
    again = Database(str(made.url))
    with again.write() as session:
        session.execute(text("DELETE FROM jobs"))
    again.close()
    assert mode(made.path) == 0o640
    assert not others_may_read(made.path.with_name("nothing"))


def write(database: Database, name: str) -> None:
    with database.write() as session:
        session.execute(text("INSERT INTO secrets VALUES (:name, '')"), {"name": name})


def test_a_file_that_is_gone_is_neither_written_nor_created(made: Database) -> None:
    write(made, "before")
    kept = made.path.rename(made.path.with_name("kept.db"))
    for _ in range(2):
        with pytest.raises(OperationalError, match="has been deleted"):
            write(made, "into nowhere")
        with pytest.raises(OperationalError, match="has been deleted"), made.read() as session:
            session.execute(text("SELECT 1"))
    assert not made.path.exists()
    kept.rename(made.path)
    with made.read() as session:
        assert session.execute(text("SELECT name FROM secrets")).scalars().all() == ["before"]


def test_another_file_in_its_place_is_used(made: Database, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    migrate(other)
    write(other, "other")
    other.close()
    for suffix in ("-wal", "-shm"):
        made.path.with_name(f"made.db{suffix}").unlink()
    other.path.replace(made.path)
    write(made, "new")
    with made.read() as session:
        names = session.execute(text("SELECT name FROM secrets ORDER BY name")).scalars().all()
    assert names == ["new", "other"]


def test_no_folder_is_created(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'no folder' / 'x.db'}")
    with pytest.raises(OperationalError), database.read() as session:
        session.execute(text("SELECT 1"))
