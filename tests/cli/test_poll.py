"""`marsad poll`: one round, of every feed or of some, and what it tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from aggregator.cli import main
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed, Source
from tests.builders import make_feed, make_source
from tests.journeys.pollers import TIMEOUT_S, MarsadProcess, write_config
from tests.journeys.publishing import STEP, WINDOW, SlidingPublisher

pytestmark = pytest.mark.slow


@pytest.fixture
def config(database: Database, publisher: SlidingPublisher, tmp_path: Path) -> Path:
    """Two sources that answer."""
    url = database.url.render_as_string(hide_password=False)
    feeds = [publisher.url("rif"), publisher.url("atlas")]
    return write_config(tmp_path / "config.toml", url, feeds)


def once(config: Path, *arguments: str) -> tuple[int, str]:
    """A round in a process of its own: (exit status, what it said)."""
    command = MarsadProcess(config, "poll", "--once", *arguments)
    return command.process.wait(TIMEOUT_S), command.log_text()


def entries(database: Database) -> dict[str, int]:
    """How many each source has."""
    with database.read() as session:
        rows = select(Source.slug, Feed.entry_count).join_from(Feed, Source)
        return dict(map(tuple, session.execute(rows)))


def usage(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), "poll", *arguments])


def test_every_feed_now_due_or_not(
    database: Database, config: Path, publisher: SlidingPublisher
) -> None:
    status, said = once(config)
    assert status == 0, said
    assert f"{2 * WINDOW} new entries, 0 failed" in said
    assert once(config)[0] == 0
    assert publisher.polls == {"rif": 2, "atlas": 2}
    assert entries(database) == {"rif": WINDOW + STEP, "atlas": WINDOW + STEP}


def test_one_source(database: Database, config: Path, publisher: SlidingPublisher) -> None:
    assert once(config, "--source", "atlas")[0] == 0
    assert publisher.polls == {"atlas": 1}
    assert entries(database) == {"rif": 0, "atlas": WINDOW}


def test_what_fails_is_told_and_is_no_failure_of_the_round(
    sqlite_database: Database, publisher: SlidingPublisher, tmp_path: Path
) -> None:
    url = str(sqlite_database.url)
    feeds = [publisher.url("rif"), "http://127.0.0.1:1/closed", "http://10.0.0.1/private"]
    config = write_config(tmp_path / "config.toml", url, feeds)
    status, said = once(config)
    assert status == 0
    assert "http://127.0.0.1:1/closed: connection: " in said
    assert "http://10.0.0.1/private: address_refused: " in said
    assert entries(sqlite_database)["rif"] == WINDOW


def test_a_round_in_which_everything_fails_has_failed(
    sqlite_database: Database, tmp_path: Path
) -> None:
    url = str(sqlite_database.url)
    config = write_config(tmp_path / "config.toml", url, ["http://127.0.0.1:1/closed"])
    assert once(config)[0] == 1


def test_no_source_at_all(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/new.db"\n')
    status, said = once(config)
    assert status == 0, said
    assert (tmp_path / "new.db").exists()


def test_a_feed_that_left_the_file_is_not_polled(
    sqlite_database: Database, publisher: SlidingPublisher, tmp_path: Path
) -> None:
    with sqlite_database.write() as session:
        make_feed(session, make_source(session, "old"), publisher.url("old"))
    config = write_config(
        tmp_path / "config.toml", str(sqlite_database.url), [publisher.url("rif")]
    )
    assert once(config)[0] == 0
    assert publisher.polls == {"rif": 1}


# --- wrong usage --------------------------------------------------------------------------------


def test_a_source_that_is_not_in_the_file(config: Path) -> None:
    result = usage(config, "--once", "--source", "sous")
    assert result.exit_code == 2
    assert "there is no source sous in " in result.stderr


def test_sources_without_once(config: Path) -> None:
    result = usage(config, "--source", "rif")
    assert result.exit_code == 2
    assert "--source requires --once" in result.stderr


def test_a_bad_file_starts_nothing(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/new.db"\nurll = 1\n')
    result = usage(config, "--once")
    assert result.exit_code == 2
    assert "config.toml:3: database.urll: unknown key" in result.stderr
    assert not (tmp_path / "new.db").exists()


def test_a_database_that_cannot_be_used(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/nowhere/new.db"\n')
    result = usage(config, "--once")
    assert result.exit_code == 1
    assert "cannot be used" in result.stderr


def test_a_password_is_never_told(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[database]\nurl = "postgresql://me:geheim@127.0.0.1:1/marsad"\n')
    result = usage(config, "--once")
    assert result.exit_code == 1
    assert "geheim" not in result.output


def test_a_newer_database_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "{sqlite_database.url}"\n')
    result = usage(config, "--once")
    assert result.exit_code == 1
    assert "does not know" in result.stderr
    with sqlite_database.read() as session:
        assert session.execute(select(Entry)).all() == []


def test_a_database_that_stops_at_the_start_is_told_without_a_traceback(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(_settings: object, opened: Database, *_: object, **__: object) -> None:
        opened.close()
        raise OperationalError("SELECT 1", None, Exception("connection refused"))

    monkeypatch.setattr("aggregator.poller.schedule.run", run)
    result = usage(config)
    assert result.exit_code == 1
    assert "does not answer: connection refused" in result.stderr
    assert "SELECT" not in result.stderr
