"""Bad requests get a 4xx: a page for people, JSON for programs, never a traceback."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from aggregator import errors
from aggregator.config import Settings
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.web.browser import Browser
from tests.web.conftest import populate_newsroom
from web import create_app
from web.request.errors import status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("entry", 1), 404),
        (errors.Conflict("user", "a"), 409),
        (errors.InvalidInput("error.bad_request", "no"), 400),
        (errors.PermissionDenied("entry.tag"), 403),
        (errors.SignInRefused(), 401),
        (errors.InvalidLink(), 404),
        (errors.NameTaken("user", "amina"), 409),
        (errors.LastOperator("Chaimae"), 409),
        (errors.RegistrationClosed(), 403),
        (errors.TooManyAttempts(timedelta(minutes=1)), 429),
        (errors.SchemaMismatch("9999", "newer"), 503),
        (errors.MarsadError(), 500),
    ],
)
def test_statuses(error: errors.MarsadError, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/nowhere", 404),
        ("/entries/99", 404),
        ("/entries/99999999999999999999", 404),
        ("/entries/-1", 404),
        ("/entries/one", 404),
        ("/sources/nobody", 404),
        ("/sources/%00", 404),
        ("/?source=nobody", 404),
        ("/?source=../etc", 400),
        ("/?source=%00", 400),
        ("/?country=Morocco", 400),
        ("/?lang=%D8%B9", 400),
        ("/?cursor=nonsense", 400),
        ("/?cursor=%ff%fe", 400),
        ("/sources/hespress?cursor=%00", 400),
        ("/language/xx", 404),
        ("/?utm_source=x&view=entries&source=&lang=", 200),
    ],
)
def test_addresses_that_lead_nowhere(driss: Browser, url: str, status: int) -> None:
    answer = driss.get(url)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert "Traceback" not in answer.text


def test_a_method_that_is_not_there(driss: Browser) -> None:
    assert driss.client.put("/entries/1").status_code == 405
    answer = driss.client.delete("/api/v1/entries")
    assert answer.status_code == 405
    assert answer.get_json()["error"]["code"] == "method"
    assert "GET" in answer.headers["Allow"]


def test_programs_get_json(driss: Browser) -> None:
    answer = driss.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.get_json()["error"].keys() == {"code", "message"}


def test_a_failure_of_ours_is_a_page_not_a_traceback(app: Flask) -> None:
    app.testing = False

    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    @app.get("/busy")
    def busy() -> str:
        raise OperationalError("SELECT secret", {}, Exception("database is locked"))

    @app.get("/api/v1/broken")
    def broken_api() -> str:
        raise ZeroDivisionError("secret detail")

    for url, status in (("/broken", 500), ("/busy", 503), ("/api/v1/broken", 500)):
        answer = app.test_client().get(url)
        assert answer.status_code == status
        assert "secret" not in answer.text
    assert answer.get_json()["error"]["code"] == "internal"


@pytest.mark.parametrize(
    ("address", "field"),
    [("/insights?by=year", "by"), ("/changes?day=2026-13-40", "day"), ("/agencies?days=8", "days")],
)
@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_refused_address_says_which_value_to_look_at(
    newsroom: object, driss: Browser, address: str, field: str, language: str
) -> None:
    answer = driss.get(f"{address}&hl={language}")
    assert answer.status_code == 400
    assert f"<bdi>{field}</bdi>" in answer.text


def test_a_read_only_postgresql_is_read_and_says_that_nothing_can_be_saved(
    postgresql_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """As after a fail-over that leaves `database.url` with the standby."""
    populate_newsroom(postgresql_database)
    amina = Browser(create_app(Settings(), postgresql_database, FAST_PASSWORDS))
    amina.sign_in("Amina")

    def refuse(connection: Connection) -> None:
        connection.execute(text("SET TRANSACTION READ ONLY"))

    event.listen(postgresql_database.engine, "begin", refuse)
    try:
        assert amina.get("/entries/1").status_code == 200
        answer = amina.client.post(
            "/entries/1/star",
            data={"on": "1", "csrf_token": amina.form_token()},
            headers={"Accept-Language": "en"},
        )
    finally:
        event.remove(postgresql_database.engine, "begin", refuse)
    assert answer.status_code == 503
    assert "The site can be read, but nothing can be saved at the moment" in answer.text
    assert [record for record in caplog.records if record.exc_info] == []
