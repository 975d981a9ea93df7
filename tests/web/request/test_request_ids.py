"""The id of a request: in its response, on pages of errors, in its lines of the log."""

from __future__ import annotations

import logging
import re

import pytest
from flask import Flask

from aggregator.runtime.log_lines import REQUEST_ID, TextLines
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from tests.web.request.test_deferred_writes import held, impatient  # noqa: F401 (a fixture)

GIVEN = "5f0c3c0e-8f0e-4c1b-9d62-0a9d8b7c6e5f"


def id_of(app: Flask, url: str, given: str | None = None) -> str:
    headers = {} if given is None else {"X-Request-ID": given}
    return app.test_client().get(url, headers=headers).headers["X-Request-ID"]


@pytest.mark.parametrize(
    "url", ["/", "/nowhere", "/static/logo.svg", "/api/v1/entries", "/healthz"]
)
def test_each_response_has_one_of_its_own(app: Flask, url: str) -> None:
    first, second = id_of(app, url), id_of(app, url)
    assert re.fullmatch("[0-9a-f]{16}", first)
    assert first != second


def test_visitors_choose_none(app: Flask) -> None:
    assert id_of(app, "/", GIVEN) != GIVEN


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        (GIVEN, True),
        ("a" * 128, True),
        ("", False),
        ("short", False),
        ("a" * 129, False),
        ("<script>alert(1)</script>", False),
        ("رقم-الطلب-هذا", False),
        ("id id id id id", False),
    ],
)
def test_a_trusted_proxy_chooses(make_app: MakeApp, given: str, is_kept: bool) -> None:
    app = make_app(trusted_proxies=("127.0.0.1",))
    assert (id_of(app, "/healthz", given.encode().decode("latin-1")) == given) is is_kept


def test_pages_of_errors_show_it(app: Flask) -> None:
    answer = app.test_client().get("/nowhere")
    assert f"<code>{answer.headers['X-Request-ID']}</code>" in answer.text


class Lines(logging.Handler):
    """The lines of the log, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(TextLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Lines:
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_its_lines_have_it(app: Flask, lines: Lines) -> None:
    app.testing = False
    app.add_url_rule("/x", view_func=lambda: 1 // 0, endpoint="x")
    request_id = app.test_client().get("/x").headers["X-Request-ID"]
    assert f"[{request_id}] GET /x failed" in lines.lines[-1]


@pytest.mark.usefixtures("impatient")
def test_writes_that_follow_it_have_it(
    app: Flask, amina: Browser, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web.request import deferred_writes
    from web.state import state_of

    monkeypatch.setattr(deferred_writes, "KEPT_S", 0.05)
    with held(state_of(app).database):
        request_id = amina.get("/entries/1").headers["X-Request-ID"]
        amina.get("/healthz")
        assert state_of(app).deferred.flush(60)
    assert f"[{request_id}] entry 1 was not marked as read" in lines.lines[-1]
    assert REQUEST_ID.get() != request_id
