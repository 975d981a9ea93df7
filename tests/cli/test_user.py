"""marsad user …"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.services.accounts import invites, second_factor
from aggregator.services.accounts.sign_in import create_session, find_session
from aggregator.services.accounts.tokens import token_hash
from aggregator.storage.accounts import identities
from aggregator.storage.accounts.api_tokens import find_token
from aggregator.storage.accounts.passkeys import insert_passkey
from aggregator.storage.accounts.users import (
    find_credentials_by_name,
    list_users,
    set_password_hash,
)
from aggregator.storage.engine import Database
from aggregator.types import User

PASSWORD = "sous l'arganier"


@pytest.fixture
def config(tmp_path: Path, sqlite_database: Database) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'[database]\nurl = "sqlite:///{sqlite_database.path}"\n')
    return path


def run(config: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(
        main, ["--config", str(config), "user", *arguments], input=typed, obj=None
    )


def users(database: Database) -> tuple[User, ...]:
    with database.read() as session:
        return list_users(session)


def test_add_asks_twice(config: Path, sqlite_database: Database) -> None:
    result = run(config, "add", "أمينة", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert users(sqlite_database) == (User(1, "أمينة", "reader"),)


def test_add_from_a_script(config: Path, sqlite_database: Database) -> None:
    result = run(config, "add", "Chaimae", "--role", "operator", "--password-stdin", typed=PASSWORD)
    assert result.exit_code == 0, result.output
    assert users(sqlite_database) == (User(1, "Chaimae", "operator"),)


@pytest.mark.parametrize(
    ("arguments", "typed", "status", "told"),
    [
        (("add", "AMINA", "--password-stdin"), PASSWORD, 1, "already"),
        (("add", "Driss", "--password-stdin"), "short", 1, "at least 8"),
        (("add", " ", "--password-stdin"), PASSWORD, 1, "name"),
        (("add", "Driss", "--role", "king", "--password-stdin"), PASSWORD, 2, "king"),
        (("password", "Nobody", "--password-stdin"), PASSWORD, 1, "Nobody"),
        (("role", "Nobody", "editor"), "", 1, "Nobody"),
        (("token", "Nobody"), "", 1, "Nobody"),
        (("remove", "Nobody", "--yes"), "", 1, "Nobody"),
    ],
)
def test_what_cannot_be_done_is_said(
    config: Path, arguments: tuple[str, ...], typed: str, status: int, told: str
) -> None:
    run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)
    result = run(config, *arguments, typed=typed)
    assert result.exit_code == status
    assert told in result.output
    assert "Traceback" not in result.output


def test_change_list_and_remove(config: Path, sqlite_database: Database) -> None:
    run(config, "add", "Brahim", "--password-stdin", typed=PASSWORD)
    with sqlite_database.read() as session:
        before = find_credentials_by_name(session, "brahim")
    assert run(config, "role", "brahim", "editor").exit_code == 0
    assert (
        run(config, "password", "brahim", "--password-stdin", typed="new password").exit_code == 0
    )
    with sqlite_database.read() as session:
        after = find_credentials_by_name(session, "brahim")
    assert before
    assert after
    assert after.user.role == "editor"
    assert after.password_hash != before.password_hash
    assert "Brahim" in run(config, "list").output
    assert run(config, "remove", "Brahim", typed="n\n").exit_code == 1
    assert run(config, "remove", "Brahim", typed="y\n").exit_code == 0
    assert users(sqlite_database) == ()


def test_token(config: Path, sqlite_database: Database) -> None:
    run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)
    result = run(config, "token", "amina", "--label", "phone")
    token = result.output.strip()
    with sqlite_database.read() as session:
        found = find_token(session, token_hash(token), datetime.now(UTC) + timedelta(days=9999))
    assert found
    assert found.user.name == "Amina"


def test_a_token_with_an_end(config: Path, sqlite_database: Database) -> None:
    run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)
    token = run(config, "token", "amina", "--days", "2").output.strip()
    for days, found in ((1, True), (3, False)):
        with sqlite_database.read() as session:
            then = datetime.now(UTC) + timedelta(days=days)
            assert bool(find_token(session, token_hash(token), then)) == found
    assert run(config, "token", "amina", "--days", "0").exit_code == 2


@pytest.mark.parametrize(("options", "scope"), [((), "read"), (("--scope", "write"), "write")])
def test_a_token_has_a_scope(
    config: Path, sqlite_database: Database, options: tuple[str, ...], scope: str
) -> None:
    run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)
    token = run(config, "token", "amina", *options).output.strip()
    with sqlite_database.read() as session:
        found = find_token(session, token_hash(token), datetime.now(UTC))
    assert found
    assert found.scope == scope
    assert run(config, "token", "amina", "--scope", "admin").exit_code == 2


def test_a_new_password_revokes_tokens(config: Path, sqlite_database: Database) -> None:
    run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)
    token = run(config, "token", "amina").output.strip()
    for option, kept in ((("--keep-tokens",), True), ((), False)):
        result = run(config, "password", "amina", "--password-stdin", *option, typed=PASSWORD)
        assert ("kept" if kept else "revoked") in result.output
        with sqlite_database.read() as session:
            assert bool(find_token(session, token_hash(token), datetime.now(UTC))) == kept


def test_invite_prints_a_link(config: Path, sqlite_database: Database) -> None:
    result = run(config, "invite", "Yassine")
    assert result.exit_code == 1
    assert '"closed"' in result.output
    config.write_text(config.read_text() + '[web]\nport = 9000\nregistration = "invite"\n')
    result = run(config, "invite", "Yassine")
    assert result.exit_code == 1
    assert "no such operator" in result.output
    run(config, "add", "Chaimae", "--role", "operator", "--password-stdin", typed=PASSWORD)
    run(config, "add", "Brahim", "--role", "editor", "--password-stdin", typed=PASSWORD)
    assert run(config, "invite", "Yassine", "--by", "Brahim").exit_code == 1
    result = run(config, "invite", "Yassine", "--role", "editor", "--days", "3")
    assert result.exit_code == 0, result.output
    start, _, token = result.output.strip().partition("/invite/")
    assert start == "http://127.0.0.1:9000"
    with sqlite_database.read() as session:
        made = invites.find(session, token, datetime.now(UTC))
    assert (made.label, made.role, made.created_by) == ("Yassine", "editor", "Chaimae")
    assert made.expires_at - made.created_at == timedelta(days=3)


def test_the_last_operator_stays(config: Path, sqlite_database: Database) -> None:
    run(config, "add", "Chaimae", "--role", "operator", "--password-stdin", typed=PASSWORD)
    for arguments in (("role", "chaimae", "reader"), ("remove", "chaimae", "--yes")):
        result = run(config, *arguments)
        assert result.exit_code == 1
        assert "last operator" in result.output
    assert users(sqlite_database) == (User(1, "Chaimae", "operator"),)


def test_list_tells_since_when(config: Path) -> None:
    run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)
    (row,) = [line for line in run(config, "list").output.splitlines() if "Amina" in line]
    assert row.split() == ["Amina", "reader", f"{datetime.now(UTC):%Y-%m-%d}", "-"]


def test_changes_of_accounts_are_logged(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "marsad.accounts"):
        run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)
        run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)  # is refused
        run(config, "add", "Chaimae", "--role", "operator", "--password-stdin", typed=PASSWORD)
        run(config, "role", "amina", "editor")
        run(config, "role", "Chaimae", "reader")  # the last operator: is refused
        run(config, "password", "Amina", "--password-stdin", typed=f"{PASSWORD}!")
        run(config, "remove", "Amina", "--yes")
    assert [record.getMessage() for record in caplog.records if "accounts" in record.name] == [
        "Amina has an account now, as reader",
        "Chaimae has an account now, as operator",
        "the command line: role Amina, editor",
        "the command line: password Amina, editor",
        "the command line: close Amina, editor",
    ]


def test_a_link_for_a_forgotten_password(config: Path) -> None:
    run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)
    made = run(config, "password-link", "amina")
    assert re.fullmatch(r"http://\S+/password/[\w-]{20,}\n", made.output)
    assert run(config, "password-link", "nobody").exit_code == 1


def test_unlink_ends_what_the_provider_opens(config: Path, sqlite_database: Database) -> None:
    run(config, "add", "Chaimae", "--password-stdin", typed=PASSWORD)
    with sqlite_database.write() as session:
        now = datetime.now(UTC)
        identities.link(session, 1, "https://sso.example.org", "c-1", "Chaimae", now)
        created = create_session(session, User(1, "Chaimae", "reader"), "", now)
    result = run(config, "unlink", "chaimae")
    assert result.exit_code == 0, result.output
    assert "identities unlinked: 1" in result.output
    assert "cannot sign in" not in result.output
    with sqlite_database.write() as session:
        assert find_session(session, created.token, now) is None
        assert identities.list_identities(session, 1) == ()
        set_password_hash(session, 1, "")
    assert "Chaimae has no password and cannot sign in" in run(config, "unlink", "Chaimae").output


def test_unlink_of_nobody_fails(config: Path) -> None:
    assert run(config, "unlink", "Nobody").exit_code == 1


def test_second_factors(config: Path, sqlite_database: Database) -> None:
    run(config, "add", "Amina", "--password-stdin", typed=PASSWORD)
    (amina,) = users(sqlite_database)
    with sqlite_database.write() as session:
        insert_passkey(
            session, 1, credential_id="AAAA", public_key=b"", sign_count=0, name="هاتف",
            now=datetime(2026, 11, 2, tzinfo=UTC),
        )  # fmt: skip
        second_factor.renew_codes(session, amina, datetime.now(UTC))
    shown = run(config, "second-factor", "amina")
    assert shown.output.splitlines() == [
        "passkey: هاتف, last used -", "authenticator app: -", "recovery codes left: 10",
    ]  # fmt: skip
    removed = run(config, "second-factor", "amina", "--remove", "passkeys", "--remove", "app")
    assert removed.output.splitlines() == ["authenticator app: -", "recovery codes left: 0"]
    assert run(config, "second-factor", "nobody").exit_code == 1
