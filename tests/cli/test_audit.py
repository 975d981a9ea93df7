"""What is done on the command line is recorded, under the name of the system's user."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.cli import main
from aggregator.storage import audit
from aggregator.storage.engine import Database
from aggregator.types.audit import ActFilter
from tests.builders import make_feed, make_source, make_user

PASSWORD = "sous l'arganier"
FEED, MOVED = "https://alwaha.example/feed", "https://alwaha.example/rss"
OPML = f"<opml version='2.0'><body><outline xmlUrl='{FEED}'/></body></opml>"


@pytest.fixture
def config(tmp_path: Path, sqlite_database: Database) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:///{sqlite_database.path}"\n[web]\nregistration = "invite"\n'
        f'[[source]]\nslug = "alwaha"\nname = "A"\nfeeds = [ {{ url = "{FEED}" }} ]\n'
    )
    (tmp_path / "feeds.opml").write_text(OPML)
    with sqlite_database.write() as session:
        make_user(session, "Chaimae", "operator")
        make_user(session, "Yassine")
        make_feed(session, make_source(session, "alwaha"), FEED, advertised=[["RSS", MOVED]])
    return path


@pytest.mark.parametrize(
    ("command", "recorded"),
    [
        ("user add Amina --password-stdin", ("user.create", "Amina", "reader")),
        ("user invite Salma", ("invite.create", "Salma", "reader, Chaimae")),
        ("user password yassine --password-stdin", ("user.password", "Yassine", "")),
        ("user password-link Yassine", ("user.password_link", "Yassine", "")),
        ("user role Yassine editor", ("user.role", "Yassine", "editor")),
        ("user token Yassine --label phone", ("user.token", "Yassine", "phone, read")),
        ("user unlink Yassine", ("user.unlink", "Yassine", "0")),
        (
            "user second-factor Yassine --remove app --remove codes",
            ("user.second_factor", "Yassine", "app, codes"),
        ),
        ("user remove Yassine --yes", ("user.close", "Yassine", "")),
        ("sources poll alwaha", ("feed.poll", "1", "")),
        ("sources resume alwaha", ("feed.resume", "1", "")),
        (f"sources adopt {FEED}", ("feed.adopt", "1", MOVED)),
        ("opml import feeds.opml --user Yassine", ("user.follow", "Yassine", "alwaha")),
        ("doctor --reindex", ("index.repair", "", "the poller indexes 0 missing entries")),
    ],
)
def test_commands(
    config: Path,
    sqlite_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    recorded: tuple[str, str, str],
) -> None:
    monkeypatch.chdir(config.parent)
    words = ["--config", str(config), *command.split()]
    result = CliRunner().invoke(main, words, input=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    with sqlite_database.read() as session:
        (act,) = audit.list_acts(session, ActFilter(), before=None, limit=9)
    assert (act.actor, act.via) == (getpass.getuser(), "cli")
    kind, target, detail = recorded
    assert (act.kind, act.target) == (kind, target)
    assert act.detail.startswith(detail)
    assert PASSWORD not in repr(act)


def test_commands_that_fail_leave_nothing(config: Path, sqlite_database: Database) -> None:
    words = ["--config", str(config), "user", "role", "Chaimae", "reader"]  # the only operator
    assert CliRunner().invoke(main, words).exit_code == 1
    with sqlite_database.read() as session:
        assert audit.list_acts(session, ActFilter(), before=None, limit=9) == ()
