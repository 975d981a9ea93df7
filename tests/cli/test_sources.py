"""marsad sources …"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from aggregator.cli import main
from aggregator.parse.opml import Outline, write_opml
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from tests.builders import feed_row, make_feed, make_source

NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=5)
GENERAL, SPORT = "https://hespress.example/feed", "https://hespress.example/sport"
OFFERED = [["Actualités", "https://h.example/rss"], ["Sport", "https://h.example/sport"]]


@pytest.fixture
def config(tmp_path: Path, sqlite_database: Database) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'[database]\nurl = "sqlite:///{sqlite_database.path}"\n')
    with sqlite_database.write() as session:
        source = make_source(session)
        make_feed(session, source, GENERAL, status="healthy", next_poll_at=LATER, mean_gap_s=7200,
                  median_delay_s=600, status_since=NOW, last_success_at=NOW)  # fmt: skip
        make_feed(session, source, SPORT, position=1, status="failing", failures=4,
                  error_kind="html", error_detail="a [bold] page", next_poll_at=LATER,
                  advertised=OFFERED)  # fmt: skip
    return path


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), "sources", *arguments])


def change(database: Database, feed_id: int, **values: Any) -> None:
    with database.write() as session:
        session.execute(update(Feed).where(Feed.id == feed_id).values(values))


def test_the_table(config: Path) -> None:
    result = run(config)
    assert result.exit_code == 0, result.output
    for told in ("healthy", f"{NOW:%Y-%m-%d %H:%M}", "12.0", "10 min", "in 4 h", "a [bold] page"):
        assert told in result.stdout
    assert f"marsad sources adopt {SPORT}" in " ".join(result.stdout.split())
    assert "sources: 1, feeds: 2, readable: 1" in result.stderr


def test_the_database_is_closed_afterwards(config: Path, sqlite_database: Database) -> None:
    sqlite_database.close()
    assert run(config).exit_code == 0
    opened = {file.path for file in psutil.Process().open_files()}
    assert str(sqlite_database.path) not in opened


def test_a_date_that_is_not_understood_is_quoted(config: Path, sqlite_database: Database) -> None:
    detail = "dates not understood: “أمس”"
    change(sqlite_database, 1, status="damaged", error_kind="unreadable_dates", error_detail=detail)
    assert detail in " ".join(run(config).stdout.split())


def test_only_what_fails(config: Path) -> None:
    result = run(config, "--failing")
    assert SPORT in result.stdout
    assert GENERAL not in result.stdout


def test_poll(config: Path, sqlite_database: Database) -> None:
    result = run(config, "poll", "hespress")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("the running poller will poll") == 2
    assert all(feed_row(sqlite_database, id_).next_poll_at < LATER for id_ in (1, 2))


def test_poll_tells_which_must_wait(config: Path, sqlite_database: Database) -> None:
    change(sqlite_database, 1, not_before=LATER)
    result = run(config, "poll", "hespress")
    assert result.exit_code == 0
    assert f"the publisher of {GENERAL} asked to be left alone until" in result.stderr
    assert feed_row(sqlite_database, 1).next_poll_at == LATER
    result = run(config, "poll", GENERAL)
    assert result.exit_code == 1


def test_resume(config: Path, sqlite_database: Database) -> None:
    change(sqlite_database, 2, status="gone", error_kind="gone")
    assert "resume it" in run(config, "poll", SPORT).stderr
    result = run(config, "resume", SPORT)
    assert result.exit_code == 0, result.output
    assert feed_row(sqlite_database, 2).status == "failing"


def test_adopt(config: Path, sqlite_database: Database) -> None:
    result = run(config, "adopt", SPORT)
    assert result.exit_code == 2
    assert "https://h.example/rss  Actualités" in result.stderr
    assert run(config, "adopt", SPORT, "https://evil.example/").exit_code == 1
    result = run(config, "adopt", SPORT, "https://h.example/sport")
    assert result.exit_code == 0, result.output
    assert f"replace {SPORT} with https://h.example/sport" in result.stdout
    assert feed_row(sqlite_database, 2).adopted_url == "https://h.example/sport"


def test_adopt_takes_the_only_one(config: Path, sqlite_database: Database) -> None:
    change(sqlite_database, 1, moved_to="https://hespress.example/new")
    assert run(config, "adopt", GENERAL).exit_code == 0
    assert feed_row(sqlite_database, 1).adopted_url == "https://hespress.example/new"


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("poll",), 2, "SLUG"),
        (("poll", "nobody"), 2, "no source or feed nobody"),
        (("resume", "nobody"), 2, "no source or feed nobody"),
        (("adopt", "hespress"), 2, "2 feeds"),
        (("adopt", GENERAL), 1, "neither moved nor advertises"),
        (("--failing", "poll", "hespress"), 2, "with a command"),
        (("odd",), 2, "odd"),
    ],
)
def test_what_cannot_be_done_is_said(
    config: Path, arguments: tuple[str, ...], status: int, told: str
) -> None:
    result = run(config, *arguments)
    assert result.exit_code == status
    assert told in result.output


def test_import_prints_what_opml_import_prints(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    file.write_text(write_opml("all", [Outline("Médias24", "https://m.example/feed")]), "utf-8")
    result = run(config, "import", str(file))
    assert result.exit_code == 0, result.output
    assert 'slug = "m-dias24"' in result.stdout
    other = CliRunner().invoke(main, ["--config", str(config), "opml", "import", str(file)])
    assert other.stdout == result.stdout
    file.write_text("<html>", "utf-8")
    assert run(config, "import", str(file)).exit_code == 1


def test_a_public_feed_adopts_no_private_address(config: Path, sqlite_database: Database) -> None:
    change(sqlite_database, 1, moved_to="http://192.168.1.1/feed")
    result = run(config, "adopt", GENERAL)
    assert result.exit_code == 1
    assert "http://192.168.1.1/feed leads into a private network" in result.stderr
    assert feed_row(sqlite_database, 1).adopted_url is None
