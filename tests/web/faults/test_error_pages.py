"""Error pages need no database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from aggregator.config import Settings
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from tests.builders import FAST_PASSWORDS
from tests.web.browser import Browser
from tests.web.faults.sites import STOP, amina_at
from web import create_app

ERROR_URLS = {
    "/no-such-page": 404,
    "/static/no-such-file": 404,
    "/api/v1/no-such-page": 404,
    "/entries/9223372036854775808": 404,
    "/": 503,
    "/entries/1": 503,
    "/operate": 503,
    "/api/v1/entries": 503,
}


def are_error_pages(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """Each answers with its status, in the reader's language, and logs no traceback."""
    caplog.clear()
    for url, status in ERROR_URLS.items():
        answer = browser.get(url, headers={"Accept-Language": "fr"})
        assert answer.status_code == status, url
        assert "Traceback" not in answer.text
        if answer.mimetype == "text/html":
            assert '<html lang="fr"' in answer.text
    assert browser.client.post("/no-such-page").status_code in (400, 404)
    assert browser.client.post("/").status_code in (400, 405)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("fault", ["deleted", "garbage", "emptied"])
def test_error_pages_need_no_file(
    newsroom: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    amina = amina_at(newsroom)
    if fault == "deleted":
        newsroom.path.rename(tmp_path / "kept.db")
    else:
        newsroom.close()
        newsroom.path.write_bytes(b"garbage " * 9000 if fault == "garbage" else b"")
    are_error_pages(amina, caplog)


def test_error_pages_need_no_server(server: Any, caplog: pytest.LogCaptureFixture) -> None:
    database, run = server
    amina = amina_at(database)
    run("ALTER DATABASE faults ALLOW_CONNECTIONS false")
    run(STOP)
    are_error_pages(amina, caplog)


@pytest.mark.parametrize("url", ["/no-such-page", "/"])
def test_a_fault_of_ours_while_the_database_is_away(
    newsroom: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """A 500, not a second error while its page is made."""
    amina = amina_at(newsroom)
    newsroom.path.rename(tmp_path / "kept.db")

    def fail() -> None:
        raise RuntimeError("ours")

    monkeypatch.setitem(amina.client.application.before_request_funcs, None, [fail])
    answer = amina.get(url)
    assert answer.status_code == 500
    assert "<html" in answer.text


def test_an_app_without_tables_says_so(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    migrate(database)
    app: Flask = create_app(Settings(), database, FAST_PASSWORDS)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE entries")
    assert Browser(app).get("/").status_code == 503
    database.close()
