"""`marsad copy`, as a person types it; what arrives in which table is in tests/storage/transfer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text, update

from aggregator.cli import main
from aggregator.config import Settings
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries
from web import create_app

# In the order of their ids.
TITLES = ["السدود تمتلئ بعد أمطار الخير", "L'Espagne et le Maroc signent", "Oil prices rise again"]
# The command, killed as soon as it has copied something.
KILLED = """
import os, signal, sys
from aggregator.cli import main
from aggregator.storage.transfer import progress, rows

rows.CHUNK = 1
note, noted = progress.note, []

def note_and_die(connection, table, reached):
    note(connection, table, reached)
    noted.append(table.name)
    if noted.count("entries") == 2:
        os.kill(os.getpid(), signal.SIGKILL)

progress.note = note_and_die
main(sys.argv[1:])
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config whose database has some entries."""
    path = tmp_path / "config.toml"
    path.write_text('[database]\nurl = "sqlite:///marsad.db"\n')
    assert marsad(path, "migrate").exit_code == 0
    database = Database(f"sqlite:///{tmp_path / 'marsad.db'}")
    with database.write() as session:
        feed = make_feed(session, make_source(session, "hespress", name="هسبريس"))
        store_entries(session, feed, *map(an_entry, reversed(TITLES)))  # the last is the oldest
    database.close()
    return path


@pytest.fixture
def target(empty_url: str) -> Iterator[Database]:
    """An empty database; a test that takes it runs on both."""
    made = Database(empty_url)
    yield made
    made.close()


def marsad(config: Path, *arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *arguments], env=variables)


def address(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def titles(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.execute(select(Entry.title).order_by(Entry.id)).scalars())


def found(database: Database, query: str) -> list[str]:
    """The titles that the API of a site on this database finds."""
    client = create_app(Settings(), database).test_client()
    answer = client.get("/api/v1/search", query_string={"q": query})
    assert answer.status_code == 200
    return [entry["title"] for entry in answer.get_json()["entries"]]


def test_a_copy_has_everything_and_is_searched(config: Path, target: Database) -> None:
    done = marsad(config, "copy", "--to", address(target))
    assert done.exit_code == 0, done.stderr
    assert titles(target) == TITLES
    assert found(target, "سدود") == [TITLES[0]]
    assert found(target, "espagne") == [TITLES[1]]
    said = " ".join(done.stderr.split())
    assert f"to {target.shown_url}; each was read back" in said
    assert f"marsad.db is as it was. To use the copy, set database.url in {config}" in said


def test_the_copy_is_used_by_the_next_command(config: Path, target: Database) -> None:
    assert marsad(config, "copy", MARSAD_COPY_TO=address(target)).exit_code == 0
    config.write_text(f'[database]\nurl = "{address(target)}"\n')
    shown = marsad(config, "sources")
    assert shown.exit_code == 0
    assert "hespress" in shown.stdout


def test_a_database_in_use_is_not_overwritten(config: Path, target: Database) -> None:
    assert marsad(config, "copy", "--to", address(target)).exit_code == 0
    with target.write() as session:
        session.execute(update(Entry).values(title="newer"))
    again = marsad(config, "copy", "--to", address(target))
    assert again.exit_code == 1
    assert f"marsad: {target.shown_url} is not empty; name an empty database" in again.stderr
    assert titles(target) == ["newer"] * len(TITLES)


def test_a_database_of_another_program_is_left_alone(config: Path, target: Database) -> None:
    with target.write() as session:
        session.execute(text("CREATE TABLE recipes (name VARCHAR)"))
    refused = marsad(config, "copy", "--to", address(target))
    assert refused.exit_code == 1
    assert "is not empty" in refused.stderr
    with target.read() as session:
        assert session.execute(text("SELECT count(*) FROM recipes")).scalar() == 0


def test_a_poller_at_work_is_reported(config: Path, target: Database) -> None:
    live = Database(f"sqlite:///{config.parent / 'marsad.db'}")
    with live.write() as session:
        session.execute(update(Feed).values(lease_until=NOW.replace(year=2100)))
    live.close()
    refused = marsad(config, "copy", "--to", address(target))
    assert refused.exit_code == 1
    assert "stop Marsad first" in refused.stderr


@pytest.mark.slow
def test_a_killed_copy_is_used_by_nobody_and_resumed(config: Path, target: Database) -> None:
    command = ["--config", str(config), "copy", "--to", address(target)]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *command],
        env={name: value for name, value in os.environ.items() if "MARSAD" not in name},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert titles(target) == TITLES[:1]  # the second was not committed

    other = config.with_name("other.toml")
    other.write_text(f'[database]\nurl = "{address(target)}"\n')
    refused = marsad(other, "migrate")
    assert refused.exit_code == 1
    assert "unfinished copy" in refused.stderr

    resumed = marsad(config, "copy", "--to", address(target))
    assert resumed.exit_code == 0, resumed.stderr
    assert "resuming: comparing the source with what was copied before" in resumed.stderr
    assert titles(target) == TITLES
    assert found(target, "سدود") == [TITLES[0]]


@pytest.mark.parametrize(
    ("to", "status", "message"),
    [
        ("mysql://localhost/marsad", 2, "--to: "),
        ("", 2, "--to: "),
        ("postgresql://marsad:hidden@127.0.0.1:1/marsad", 1, "the copy has stopped: "),
    ],
)
def test_an_address_that_cannot_be_used(config: Path, to: str, status: int, message: str) -> None:
    done = marsad(config, "copy", "--to", to)
    assert done.exit_code == status
    assert message in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr


def test_without_an_address_it_says_how_to_name_one(config: Path) -> None:
    done = marsad(config, "copy")
    assert done.exit_code == 2
    assert "Missing option '--to'" in done.stderr


def test_a_source_that_is_missing_is_not_made(tmp_path: Path, target: Database) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[database]\nurl = "sqlite:///none.db"\n')
    done = marsad(path, "copy", "--to", address(target))
    assert done.exit_code == 1
    assert "there is no database at" in done.stderr
    assert not (tmp_path / "none.db").exists()
