"""marsad opml … --user NAME: what a person follows."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.config import load
from aggregator.parse.opml import Outline, read_opml, write_opml
from aggregator.storage.engine import Database
from tests.builders import make_user

SOURCES = """
[[source]]
slug = "hespress"
name = { ar = "هسبريس", fr = "Hespress", en = "Hespress" }
country = "MA"
language = "ar"
feeds = [ { url = "https://h.example/feed" }, { url = "https://h.example/sport" } ]
[[source]]
slug = "medias24"
name = "Médias24"
language = "fr"
feeds = [ { url = "https://m.example/feed" } ]
"""


@pytest.fixture
def config(tmp_path: Path, sqlite_database: Database) -> Path:
    """A config whose sources the database does not know yet, and two readers."""
    path = tmp_path / "config.toml"
    path.write_text(f'[database]\nurl = "sqlite:///{sqlite_database.path}"\n{SOURCES}', "utf-8")
    with sqlite_database.write() as session:
        make_user(session)
        make_user(session, "Brahim", "editor")
    return path


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), "opml", *arguments])


def test_what_the_config_has_is_followed_and_the_rest_printed(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    outlines = [
        Outline("Hespress sport", "https://h.example/sport"),
        Outline("الفجر", "https://alfajr.example/feed", language="ar"),
    ]
    file.write_text(write_opml("all", outlines), "utf-8")
    done = run(config, "import", str(file), "--user", "Amina")
    assert done.exit_code == 0, done.output
    assert "newly followed sources: 1, already followed: 0; feeds not in" in done.stderr
    (table,) = tomllib.loads(done.stdout)["source"]
    assert table["feeds"] == [{"url": "https://alfajr.example/feed"}]

    exported = run(config, "export", "--user", "amina").stdout_bytes
    assert read_opml(exported).outlines == (
        Outline("هسبريس", "https://h.example/feed", "", "MA", "ar", is_sorted=False),
        Outline("هسبريس", "https://h.example/sport", "", "MA", "ar", is_sorted=False),
    )
    file.write_bytes(exported)
    assert run(config, "import", str(file), "--user", "Brahim").exit_code == 0
    assert run(config, "export", "--user", "Brahim").stdout_bytes == exported
    assert len(read_opml(run(config, "export").stdout_bytes).outlines) == 3


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [("<html>", "Amina", "not an OPML file"), ("<opml/>", "nobody", "no such user: nobody")],
)
def test_what_goes_wrong_is_told(
    config: Path, tmp_path: Path, content: str, name: str, said: str
) -> None:
    file = tmp_path / "feeds.opml"
    file.write_text(content)
    done = run(config, "import", str(file), "--user", name)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr


def test_nobody_follows_nothing(config: Path) -> None:
    assert "no such user" in run(config, "export", "--user", "nobody").stderr


def test_what_is_printed_is_accepted_by_the_config(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    file.write_text(
        "<opml><body>\n<outline text='قديم' xmlUrl='feed://f.example/feed?a=1&b=2'/>\n"
        "<outline text='سر' xmlUrl='https://u:hunter2@h.example/private'/>\n"
        "<outline text='script' xmlUrl='javascript:alert(1)'/>\n"
        "<outline text='known' xmlUrl='h.example/feed/'/>\n</body></opml>",
        "utf-8",
    )
    done = run(config, "import", str(file))
    assert done.exit_code == 0
    with config.open("a", encoding="utf-8") as appended:
        appended.write(done.stdout)
    feeds = [feed.url for source in load(config, {}).source for feed in source.feeds]
    assert feeds[3:] == ["https://f.example/feed?a=1&b=2", "https://h.example/private"]
    assert f"{file}:3: سر: The address contained a user name or password" in done.stderr
    assert f"{file}:4: script: Marsad only reads http and https addresses." in done.stderr
    assert "new feeds: 2, already in the config: 1" in done.stderr
    assert "hunter2" not in done.output
    assert "javascript:" not in done.output
    followed = run(config, "import", str(file), "--user", "Amina")
    assert f"{file}:4: script: Marsad only reads" in followed.stderr
