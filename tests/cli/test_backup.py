"""`marsad backup` and `marsad restore`, as a person types them."""

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/marsad.db"\n')
    return path


def marsad(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *arguments])


def secrets(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        found: int = connection.execute("SELECT count(*) FROM secrets").fetchone()[0]
        return found
    finally:
        connection.close()


def test_there_and_back(config: Path, tmp_path: Path) -> None:
    copy, live = tmp_path / "copy", tmp_path / "marsad.db"
    assert marsad(config, "backup", str(copy)).exit_code == 0
    connection = sqlite3.connect(live)
    connection.execute("INSERT INTO secrets VALUES ('later', 'x')")
    connection.commit()
    connection.close()
    assert secrets(live) == 1
    assert marsad(config, "restore", str(copy)).exit_code == 0
    assert secrets(live) == 0


def test_what_cannot_be_restored_is_told(config: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database")
    for name in ("text", "missing"):
        result = marsad(config, "restore", str(tmp_path / name))
        assert result.exit_code == 1
        assert name in result.stderr
        assert "Traceback" not in result.stderr


def test_a_folder_that_is_not_there_is_told(config: Path, tmp_path: Path) -> None:
    result = marsad(config, "backup", str(tmp_path / "nowhere" / "copy"))
    assert result.exit_code == 1
    assert "there is no folder" in result.stderr
