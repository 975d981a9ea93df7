"""Health and numbers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from aggregator.config import Settings
from aggregator.storage import counters
from aggregator.storage.engine import Database
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from web import create_app
from web.request import deferred_writes
from web.serving.metrics import CountedMailer
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


METRICS = {"Authorization": "Bearer a token of Prometheus"}


def numbers(client: FlaskClient) -> dict[str, float]:
    """What /metrics prints: values by name and labels."""
    lines = client.get("/metrics", headers=METRICS).text.splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def test_what_pollers_did_is_shown_by_every_web_process(
    make_app: MakeApp, newsroom: Database
) -> None:
    client = make_app(metrics_token="a token of Prometheus").test_client()
    with newsroom.write() as session:
        counts = {("polls", "failed"): 4, ("poll_failures", "dns"): 4, ("poller_seconds", ""): 60}
        counters.add(session, counts)
    found = numbers(client)
    assert found['marsad_polls_total{outcome="failed"}'] == 4
    assert found['marsad_polls_total{outcome="new"}'] == 0
    assert found['marsad_poll_failures_total{kind="dns"}'] == 4
    assert found["marsad_poller_seconds_total"] == 60
    assert found["marsad_database_up"] == 1
    assert found["marsad_database_size_bytes"] > 0
    assert 0 < found["marsad_disk_free_bytes"] <= found["marsad_disk_size_bytes"]
    assert found['marsad_queue_length{queue="deliveries"}'] == 0
    assert found['marsad_websub_subscriptions{state="active"}'] == 0


def test_numbers_of_requests_while_the_database_is_away(
    make_app: MakeApp, newsroom: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_app(metrics_token="a token of Prometheus").test_client()
    client.get("/")
    newsroom.path.rename(tmp_path / "kept.db")
    client.get("/")
    found = numbers(client)
    assert found["marsad_database_up"] == 0
    failed = 'marsad_requests_total{endpoint="entries.index",method="GET",status="503"}'
    assert found[failed] == 1
    assert "marsad_entries" not in found
    assert "has been deleted" in caplog.text


def test_addresses_that_do_not_exist_make_no_series(make_app: MakeApp) -> None:
    client = make_app(metrics_token="a token of Prometheus").test_client()
    client.get("/entries/1")
    series = len(numbers(client))
    for number in range(20):
        client.get(f"/no-such-page-{number}")
        client.open(f"/entries/{number}", method=f"METHOD{number}")
    assert len(numbers(client)) < series + 40


def test_mails_are_counted(make_app: MakeApp) -> None:
    app = make_app(metrics_token="a token of Prometheus")

    class Server:
        def send(self, to: str, subject: str, text: str) -> None:
            if to == "nowhere":
                raise ConnectionRefusedError

    mailer = CountedMailer(Server(), state_of(app).metrics)
    mailer.send("amina@example.org", "", "")
    with pytest.raises(ConnectionRefusedError):
        mailer.send("nowhere", "", "")
    found = numbers(app.test_client())
    assert found['marsad_mails_total{outcome="sent"}'] == 1
    assert found['marsad_mails_total{outcome="failed"}'] == 1


def test_writes_that_find_the_database_busy_are_counted(
    make_app: MakeApp, newsroom: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deferred_writes, "KEPT_S", 0.0)
    monkeypatch.setattr(deferred_writes, "LOCK_WAIT_S", 0.02)
    app = make_app(metrics_token="a token of Prometheus")
    deferred = state_of(app).deferred
    with closing(sqlite3.connect(newsroom.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        deferred.submit(lambda session: session.execute(text("SELECT 1")), "not written")
        assert deferred.flush(60)
    found = numbers(app.test_client())
    assert found['marsad_deferred_writes_total{outcome="queued"}'] == 1
    assert found['marsad_deferred_writes_total{outcome="lost"}'] == 1


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
