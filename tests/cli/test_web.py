"""marsad web: the link for the first account."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.services.accounts import first_account
from aggregator.storage.engine import Database
from tests.builders import make_user

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config whose server ends as soon as it has started."""
    monkeypatch.setattr("web.serving.server.serve", lambda settings, config_path: None)
    monkeypatch.setattr("aggregator.runtime.parent_watch.watch_parent", lambda: None)
    path = tmp_path / "config.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:///{sqlite_database.path}"\n'
        '[web]\nbase_url = "https://marsad.example/"\n'
    )
    return path


def start(config: Path) -> Result:
    result = CliRunner().invoke(main, ["--config", str(config), "web"])
    assert result.exit_code == 0, result.output
    return result


def test_each_start_tells_a_link_that_works(config: Path, sqlite_database: Database) -> None:
    for _ in range(2):
        told = start(config).stderr
        token = told.partition("https://marsad.example/setup/")[2].split()[0]
        with sqlite_database.read() as session:
            assert first_account.is_valid(session, token)


def test_nothing_is_told_where_somebody_has_an_account(
    config: Path, sqlite_database: Database
) -> None:
    with sqlite_database.write() as session:
        make_user(session)
    assert "setup" not in start(config).stderr
