"""What logs and error pages never show: passwords, their hashes, tokens, queries, tags."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from aggregator.config import Settings, WebSettings
from aggregator.services.accounts import accounts, first_account
from aggregator.services.accounts.tokens import token_hash
from aggregator.storage.accounts.secrets import shared_secret
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS, NOW, make_entry, make_feed, make_source
from tests.web.browser import PASSWORD, Browser
from web import create_app

TAG, WORD, NEW_PASSWORD = "سريجدا", "شمندر", "a new secret of hers"

# Method, address and form; they are sent by an operator, and each of their statements fails once.
REQUESTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("GET", f"/search?q={WORD}", {}),
    ("GET", f"/tags/{TAG}", {}),
    ("GET", "/account", {}),
    ("GET", "/account/export.json", {}),
    ("GET", f"/operate/people?q={WORD}", {}),
    ("POST", "/entries/1/tags", {"tags": TAG}),
    ("POST", "/search/saved", {"name": TAG, "q": WORD}),
    ("POST", "/following/words", {"word": WORD}),
    ("POST", "/account/tokens", {"label": TAG}),
    ("POST", "/operate/people/invites", {"label": TAG, "role": "reader", "days": "7"}),
    ("POST", "/account/password",
     {"current": PASSWORD, "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}),
    ("POST", "/login", {"name": WORD, "password": PASSWORD}),
    ("POST", "/login", {"name": "Chaimae", "password": NEW_PASSWORD}),
)  # fmt: skip


class FailingStatements:
    """Makes one statement fail, with an error that quotes all of its parameters."""

    def __init__(self, database: Database, sqlstate: str) -> None:
        self._sqlite = database.is_sqlite
        self._sqlstate = sqlstate
        self._countdown = 0
        event.listen(database.engine, "before_cursor_execute", self._replace, retval=True)

    @contextmanager
    def fail(self, number: int) -> Iterator[None]:
        """Fail the statement of that number, from 1."""
        self._countdown = number
        yield
        self.missed = self._countdown > 0
        self._countdown = 0

    def _replace(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any
    ) -> tuple[str, Any]:
        self._countdown -= 1
        if self._countdown != 0:
            return statement, parameters
        quoted = re.sub(r"[\]'%$\0]", "", f"{statement} {parameters}")
        if self._sqlite:
            return f"SELECT [{quoted}]", ()
        raised = f"RAISE EXCEPTION USING MESSAGE = 'refused', DETAIL = '{quoted}'"
        if self._sqlstate == "22P02":
            return f"SELECT '{quoted}'::int", ()
        return f"DO $$ BEGIN {raised}, ERRCODE = '{self._sqlstate}'; END $$", ()


def _app(database: Database) -> Flask:
    with database.write() as session:
        feed = make_feed(session, make_source(session, "alwaha", name="الواحة"))
        make_entry(session, feed, "حصاد الشمندر", content="<p>نص</p>")
        accounts.create(session, FAST_PASSWORDS, "Chaimae", PASSWORD, "operator", NOW)
    return create_app(Settings(web=WebSettings(registration="invite")), database, FAST_PASSWORDS)


@pytest.mark.parametrize("sqlstate", ["22P02", "23502", "53100", "XX000"])
def test_failing_statements_of_postgresql_leave_no_secrets(
    postgresql_database: Database, caplog: pytest.LogCaptureFixture, sqlstate: str
) -> None:
    _fail_each_statement(postgresql_database, caplog, sqlstate)


def test_failing_statements_of_sqlite_leave_no_secrets(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    _fail_each_statement(sqlite_database, caplog, "")


def _fail_each_statement(
    database: Database, caplog: pytest.LogCaptureFixture, sqlstate: str
) -> None:
    app = _app(database)
    chaimae = Browser(app)
    assert chaimae.sign_in("Chaimae").status_code == 303
    session_cookie, form_token = chaimae.cookie("marsad_session"), chaimae.form_token()
    assert session_cookie
    secrets = [
        TAG, WORD, PASSWORD, NEW_PASSWORD, "argon2", session_cookie, token_hash(session_cookie),
        token_hash("Chaimae"), shared_secret(database, "web"), "INSERT INTO", "SELECT ",
    ]  # fmt: skip
    failing = FailingStatements(database, sqlstate)
    failures = 0
    for method, url, fields in REQUESTS:
        for number in range(1, 40):
            with caplog.at_level(logging.DEBUG), failing.fail(number):
                data = fields | {"csrf_token": form_token} if fields else None
                answer = chaimae.client.open(url, method=method, data=data, buffered=True)
            if failing.missed:
                break
            failures += 1
            if answer.status_code >= 500:  # the search box repeats what its reader typed
                assert [each for each in secrets[2:] if each in answer.text] == []
    assert failures > 50
    assert [each for each in secrets if each in caplog.text] == []


def test_links_that_open_accounts_are_not_logged(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(), sqlite_database, FAST_PASSWORDS)
    token = first_account.new_link(sqlite_database)
    assert token
    failing = FailingStatements(sqlite_database, "")
    for number in range(1, 9):
        with failing.fail(number):
            Browser(app).get(f"/setup/{token}")
    assert "GET /setup/<token>" in caplog.text
    assert token not in caplog.text


def test_unforeseen_errors_are_logged_by_route(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = False
    app.add_url_rule("/x/<int:number>/<name>", view_func=lambda number, name: 1 // 0, endpoint="x")
    assert app.test_client().get("/x/7/%1b%5b31m%0aforged").status_code == 500
    (record,) = [each for each in caplog.records if each.exc_info]
    assert record.getMessage() == "GET /x/7/<name> failed"
    assert "ZeroDivisionError" in caplog.text
    assert "forged" not in caplog.text


def test_the_error_itself_shows_only_its_cause(database: Database) -> None:
    """PostgreSQL adds the whole row that it refused."""
    row = {"name": "Amina", "name_key": "amina", "password_hash": "argon2"}
    statement = text(f"INSERT INTO users ({', '.join(row)}) VALUES (:{', :'.join(row)})")
    with pytest.raises(IntegrityError) as raised, database.write() as session:
        session.execute(statement, row)
    shown = "".join(traceback.format_exception_only(raised.value))
    shown += "".join(traceback.format_exception_only(raised.value.orig))
    assert "constraint" in shown
    for secret in ("Amina", "argon2", "INSERT", "DETAIL", "sqlalche.me"):
        assert secret not in shown
