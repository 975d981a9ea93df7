"""`marsad doctor`: every check in a line, 1 if something is wrong, 2 if the config is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.storage.engine import Database
from tests.builders import make_entry, make_feed, make_source


def run(folder: Path, url: str, *arguments: str) -> Result:
    config = folder / "config.toml"
    config.write_text(
        f'[database]\nurl = "{url}"\n'
        '[[source]]\nslug = "a"\nname = "A"\nfeeds = [ { url = "http://127.0.0.1:1/" } ]\n'
    )
    return CliRunner().invoke(main, ["--config", str(config), "doctor", *arguments])


def test_what_it_says(sqlite_database: Database, tmp_path: Path) -> None:
    result = run(tmp_path, f"sqlite:///{sqlite_database.path}")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == f"ok      config: {tmp_path}/config.toml: 1 sources, 1 feeds"
    assert "WARNING polling: there are no feeds" in lines
    assert "        -> add a [[source]] to the config" in lines
    assert "ok      DNS: no feed has a name to look up" in lines


def test_for_programs(tmp_path: Path) -> None:
    result = run(tmp_path, f"sqlite:///{tmp_path}/none.db", "--json")
    assert result.exit_code == 1
    findings = {each["check"]: each for each in json.loads(result.stdout)["findings"]}
    assert findings["config"]["status"] == "ok"
    assert findings["database"]["status"] == "error"
    assert findings["database"]["advice"]
    assert set(findings) >= {"disk", "DNS", "fonts"}
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_wrong_config(tmp_path: Path, form: list[str]) -> None:
    result = run(tmp_path, "mysql://x/y", *form)
    assert result.exit_code == 2
    assert "database.url" in result.stdout


def test_reindexing(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.write() as session:
        make_entry(session, make_feed(session, make_source(session, "alwaha")), "حصاد")
    result = run(tmp_path, f"sqlite:///{sqlite_database.path}", "--reindex")
    assert (result.exit_code, result.stdout) == (
        0, "the poller indexes 1 missing entries from now on\n",
    )  # fmt: skip
