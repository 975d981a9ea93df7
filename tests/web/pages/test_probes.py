"""Health and numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from aggregator.config import Settings
from aggregator.storage.engine import Database
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from web import create_app
from web.state import set_state, state_of


def test_alive_and_ready(driss: Browser) -> None:
    assert driss.get("/healthz").get_json() == {"status": "ok"}
    assert driss.get("/readyz").status_code == 200


def test_not_ready_without_its_tables(sqlite_database: Database, app: Flask) -> None:
    with sqlite_database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "migrated" in answer.get_json()["reason"]


def test_not_ready_without_its_database(app: Flask, tmp_path: Path) -> None:
    lost = Database(f"sqlite:///{tmp_path}/no/such/folder/x.db")
    set_state(app, replace(state_of(app), database=lost))
    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200


def test_not_ready_once_its_file_is_gone(newsroom: Database, app: Flask) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    newsroom.path.unlink()
    assert client.get("/readyz").status_code == 503
    for page in ("/", "/login", "/api/v1/entries", "/nowhere"):
        assert client.get(page).status_code in (200, 404, 503)
    assert client.get("/").status_code == 503
    assert not newsroom.path.exists()


FROM_AWAY = {"REMOTE_ADDR": "192.0.2.1"}


def test_numbers_for_a_program_with_the_token(make_app: MakeApp) -> None:
    client = make_app(metrics_token="a token of Prometheus").test_client()
    client.get("/entries/1")
    headers = {"Authorization": "Bearer a token of Prometheus"}
    text = client.get("/metrics", headers=headers).text
    assert "marsad_entries 3.0" in text
    assert 'marsad_feeds{status="healthy"} 1.0' in text
    assert 'marsad_requests_total{endpoint="entries.show",method="GET",status="200"} 1.0' in text


@pytest.mark.parametrize("configured", ["", "a token of Prometheus"])
@pytest.mark.parametrize(
    "sent", [None, "Bearer", "Bearer x", "Basic a token of Prometheus", "\xff"]
)
def test_this_machine_alone_opens_nothing(
    make_app: MakeApp, configured: str, sent: str | None
) -> None:
    headers = {"Authorization": sent} if sent else {}
    client = make_app(metrics_token=configured).test_client()
    assert client.get("/metrics", headers=headers).status_code == 401


def test_numbers_for_operators_only(
    driss: Browser, amina: Browser, brahim: Browser, chaimae: Browser
) -> None:
    def status(browser: Browser) -> int:
        return browser.get("/metrics", environ_base=FROM_AWAY).status_code

    assert [status(each) for each in (driss, amina, brahim, chaimae)] == [401, 403, 403, 200]


def test_the_database_of_the_settings_is_opened(newsroom: Database) -> None:
    settings = Settings.model_validate({"database": {"url": f"sqlite:///{newsroom.path}"}})
    app = create_app(settings)
    try:
        assert app.test_client().get("/").status_code == 200
    finally:
        state_of(app).database.close()
