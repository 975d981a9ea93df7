"""`marsad backup`, `restore` and `migrate`, as a person types them."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.storage.engine import Database
from tests.storage.test_migrations import migrate_to


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


def test_what_cannot_be_restored_is_reported(config: Path, tmp_path: Path) -> None:
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


def test_a_missing_folder_is_reported(config: Path, tmp_path: Path) -> None:
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


def test_an_older_backup_is_replaced_when_requested(config: Path, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_files_beside_the_database_that_a_link_leads_to_are_not_written(
    config: Path, tmp_path: Path, suffix: str
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (tmp_path / "marsad.db").rename(store / "real.db")
    (tmp_path / "marsad.db").symlink_to(store / "real.db")
    result = marsad(config, "backup", str(store / f"real.db{suffix}"))
    assert result.exit_code == 1
    assert "in use by Marsad" in result.stderr
    assert [path.name for path in store.iterdir()] == ["real.db"]


def test_a_restore_leaves_the_link_to_the_database(config: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy", tmp_path / "other"
    link, real = other / "marsad.db", tmp_path / "real.db"
    assert marsad(config, "backup", str(copy)).exit_code == 0
    other.mkdir()
    shutil.copy(copy, real)
    add_secret(real)
    link.symlink_to(real)
    config = Path(shutil.copy(config, other))
    assert marsad(config, "restore", str(copy)).exit_code == 0
    assert link.is_symlink()
    assert secrets(real) == 0
    assert secrets(tmp_path / "real.db.before-restore") == 1


def test_replacing_follows_a_link_to_an_older_backup(config: Path, tmp_path: Path) -> None:
    copy, latest = tmp_path / "copy", tmp_path / "latest"
    assert marsad(config, "backup", str(copy)).exit_code == 0
    latest.symlink_to(copy)
    add_secret(tmp_path / "marsad.db")
    assert marsad(config, "backup", "--replace", str(latest)).exit_code == 0
    assert latest.is_symlink()
    assert secrets(copy) == 1


def test_a_database_of_another_program_that_uses_alembic_is_no_backup(
    config: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0003')")
        connection.commit()
    before = other.read_bytes()
    for command in (("backup", "--replace"), ("restore",)):
        result = marsad(config, *command, str(other))
        assert result.exit_code == 1
        assert "not a backup of Marsad" in result.stderr
    assert other.read_bytes() == before


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_a_backup_that_is_open_elsewhere_is_not_replaced(
    config: Path, tmp_path: Path, suffix: str
) -> None:
    copy = tmp_path / "copy"
    assert marsad(config, "backup", str(copy)).exit_code == 0
    copy.with_name(f"copy{suffix}").write_bytes(b"of another program")
    result = marsad(config, "backup", "--replace", str(copy))
    assert result.exit_code == 1
    assert "open in another program" in result.stderr


def damage_header(path: Path) -> None:
    path.write_bytes(b"no longer a header" + path.read_bytes()[18:])


def damage_pages(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xa5" * (len(whole) - 8192))


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [damage_header, damage_pages, empty])
def test_a_damaged_database_is_kept_and_restored(
    config: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    copy, other = tmp_path / "copy", tmp_path / "other"
    add_secret(tmp_path / "marsad.db")
    assert marsad(config, "backup", str(copy)).exit_code == 0
    other.mkdir()
    config = Path(shutil.copy(config, other))
    live = Path(shutil.copy(copy, other / "marsad.db"))  # nobody in this process has it open
    damage(live)
    damaged = live.read_bytes()
    result = marsad(config, "restore", str(copy))
    assert result.exit_code == 0, result.stderr
    assert secrets(live) == 1
    if damaged:
        assert (other / "marsad.db.before-restore").read_bytes() == damaged


def test_names_in_brackets_are_printed_as_they_are(config: Path, tmp_path: Path) -> None:
    copy = tmp_path / "monday[bold].db"
    assert f"backed up to {copy}" in marsad(config, "backup", str(copy)).stderr
    assert f"from {copy}" in marsad(config, "restore", str(copy)).stderr


def test_a_folder_that_no_database_url_can_name_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "what?"
    folder.mkdir()
    (folder / "config.toml").write_text("")
    result = marsad(folder / "config.toml", "migrate")
    assert result.exit_code == 2
    assert "database.url" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["what?"]


def test_a_database_that_does_not_answer_is_reported(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[database]\nurl = "postgresql://marsad@127.0.0.1:1/marsad"\n')
    (tmp_path / "copy").write_text("")
    result = marsad(config, "backup", str(tmp_path / "fresh"))
    assert result.exit_code == 1
    assert "cannot be used" in result.stderr
    assert not (tmp_path / "fresh").exists()


def test_an_upgrade_is_backed_up_beside_the_config(config: Path, tmp_path: Path) -> None:
    make_older(tmp_path / "marsad.db")
    result = marsad(config, "migrate")
    assert result.exit_code == 0, result.output
    (backup,) = (tmp_path / "backups").iterdir()
    assert str(backup) in result.stderr.replace("\n", "")
    assert backup.stat().st_mode & 0o077 == 0
    assert revision_of(backup) == "0025"
    assert revision_of(tmp_path / "marsad.db") > "0025"
    assert marsad(config, "migrate").exit_code == 0
    assert list((tmp_path / "backups").iterdir()) == [backup]


def test_an_upgrade_without_backups(config: Path, tmp_path: Path) -> None:
    config.write_text('[database]\nurl = "sqlite:///marsad.db"\nbackups = ""\n')
    make_older(tmp_path / "marsad.db")
    assert marsad(config, "migrate").exit_code == 0
    assert not (tmp_path / "backups").exists()


@pytest.mark.parametrize("command", ["migrate", "web", "poll", "run"])
def test_a_newer_database_is_refused_with_the_way_back(
    config: Path, tmp_path: Path, command: str
) -> None:
    set_revision(tmp_path / "marsad.db", "9999")
    (tmp_path / "backups").mkdir()
    backup = tmp_path / "backups" / "marsad-0025-20260101T000000Z.backup"
    backup.touch()
    for arguments in ((command,), ("user", "list")):
        result = marsad(config, *arguments)
        assert result.exit_code == 1
        assert "newer" in result.stderr
        assert f"marsad restore {backup}" in result.stderr
    assert revision_of(tmp_path / "marsad.db") == "9999"


def make_older(path: Path) -> None:
    """Replace the database by one of an earlier Marsad."""
    for file in path.parent.glob("marsad.db*"):
        file.unlink()
    database = Database(f"sqlite:///{path}")
    migrate_to(database, "0025")
    database.close()
