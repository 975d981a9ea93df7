"""`marsad backup`, `restore` and `migrate`, as a person types them."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config whose database is ready."""
    path = tmp_path / "config.toml"
    path.write_text('[database]\nurl = "sqlite:///marsad.db"\n')
    assert marsad(path, "migrate").exit_code == 0
    return path


def marsad(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *arguments])


def secrets(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        found: int = connection.execute("SELECT count(*) FROM secrets").fetchone()[0]
    return found


def add_secret(database: Path, name: str = "later") -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO secrets VALUES (?, 'x')", (name,))
        connection.commit()


def test_a_backup_comes_back_and_what_it_replaces_is_kept(config: Path, tmp_path: Path) -> None:
    copy, live = tmp_path / "copy", tmp_path / "marsad.db"
    assert marsad(config, "backup", str(copy)).exit_code == 0
    add_secret(live)
    for kept in ("marsad.db.before-restore", "marsad.db.before-restore-2"):
        before = secrets(live)
        result = marsad(config, "restore", str(copy))
        assert result.exit_code == 0
        assert kept in result.stderr
        assert secrets(live) == 0
        assert secrets(tmp_path / kept) == before


def test_what_cannot_be_restored_is_told(config: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database")
    for name in ("text", "missing"):
        result = marsad(config, "restore", str(tmp_path / name))
        assert result.exit_code == 1
        assert name in result.stderr
        assert "Traceback" not in result.stderr


def test_the_database_is_not_its_own_backup(config: Path, tmp_path: Path) -> None:
    result = marsad(config, "restore", str(tmp_path / "marsad.db"))
    assert result.exit_code == 1
    assert "the database itself" in result.stderr


def test_a_folder_that_is_not_there_is_told(config: Path, tmp_path: Path) -> None:
    result = marsad(config, "backup", str(tmp_path / "nowhere" / "copy"))
    assert result.exit_code == 1
    assert "there is no folder" in result.stderr


@pytest.mark.parametrize("replace", [(), ("--replace",)])
@pytest.mark.parametrize(
    "name",
    ["marsad.db", "marsad.db-wal", "marsad.db-shm", "marsad.db-journal", "config.toml", "link"],
)
def test_nothing_of_the_installation_is_written_over(
    config: Path, tmp_path: Path, name: str, replace: tuple[str, ...]
) -> None:
    live = tmp_path / "marsad.db"
    add_secret(live)
    (tmp_path / "link").symlink_to(live)
    with closing(sqlite3.connect(live)) as open_elsewhere:  # its -wal and -shm exist
        open_elsewhere.execute("SELECT count(*) FROM secrets").fetchone()
        before = config.read_bytes()
        result = marsad(config, "backup", *replace, str(tmp_path / name))
    assert result.exit_code == 1
    assert "in use by Marsad" in result.stderr
    assert config.read_bytes() == before
    assert secrets(live) == 1
    assert not (tmp_path / "marsad.db-journal").exists()


@pytest.mark.parametrize("replace", [(), ("--replace",)])
def test_files_of_others_are_never_written_over(
    config: Path, tmp_path: Path, replace: tuple[str, ...]
) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    with closing(sqlite3.connect(tmp_path / "recipes.db")) as recipes:
        recipes.execute("CREATE TABLE recipes (name TEXT)")
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "config.toml").write_text('[database]\nurl = "sqlite:///live.db"\n')
    assert marsad(other / "config.toml", "migrate").exit_code == 0
    os.mkfifo(tmp_path / "pipe")
    for name in ("thesis.txt", "recipes.db", "elsewhere/live.db", "pipe"):
        path = tmp_path / name
        before = path.read_bytes() if path.is_file() else None
        result = marsad(config, "backup", *replace, str(path))
        assert result.exit_code == 1, name
        assert "name another" in result.stderr
        assert (path.read_bytes() if path.is_file() else None) == before


def test_an_older_backup_is_replaced_when_told_so(config: Path, tmp_path: Path) -> None:
    copy, live = tmp_path / "copy", tmp_path / "marsad.db"
    assert marsad(config, "backup", str(copy)).exit_code == 0
    add_secret(live)
    refused = marsad(config, "backup", str(copy))
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    assert secrets(copy) == 0
    assert marsad(config, "backup", "--replace", str(copy)).exit_code == 0
    assert secrets(copy) == 1


def test_a_backup_is_for_its_owner_alone(config: Path, tmp_path: Path) -> None:
    assert marsad(config, "backup", str(tmp_path / "copy")).exit_code == 0
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_a_relative_database_belongs_to_the_folder_of_the_config(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_secret(tmp_path / "marsad.db")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert marsad(config, "backup", "copy").exit_code == 0
    assert secrets(elsewhere / "copy") == 1
    assert [path.name for path in elsewhere.iterdir()] == ["copy"]


@pytest.mark.parametrize(
    "command",
    [
        ("backup", "copy"),
        ("sources",),
        ("sources", "poll", "x"),
        ("user", "list"),
        ("user", "role", "amina", "reader"),
        ("opml", "export", "--user", "amina"),
    ],
)
def test_other_commands_create_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text("")
    result = marsad(tmp_path / "config.toml", *command)
    assert result.exit_code == 1
    assert "there is no database at" in result.stderr
    assert "marsad migrate" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def set_revision(database: Path, revision: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.commit()


def revision_of(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        found: str = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return found


def test_other_commands_do_not_migrate(config: Path, tmp_path: Path) -> None:
    live = tmp_path / "marsad.db"
    set_revision(live, "0001")
    result = marsad(config, "user", "list")
    assert result.exit_code == 1
    assert "marsad migrate" in result.stderr
    assert marsad(config, "backup", str(tmp_path / "copy")).exit_code == 0
    assert revision_of(live) == "0001"
    assert revision_of(tmp_path / "copy") == "0001"
    set_revision(live, "9999")
    result = marsad(config, "user", "list")
    assert result.exit_code == 1
    assert "newer Marsad" in result.stderr


def test_a_restore_makes_the_database_where_there_is_none(config: Path, tmp_path: Path) -> None:
    copy, live = tmp_path / "copy", tmp_path / "marsad.db"
    add_secret(live)
    assert marsad(config, "backup", str(copy)).exit_code == 0
    for path in tmp_path.glob("marsad.db*"):
        path.unlink()
    assert marsad(config, "restore", str(copy)).exit_code == 0
    assert secrets(live) == 1
    assert not list(tmp_path.glob("*.before-restore"))
