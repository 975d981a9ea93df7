"""While a lock is held: pages come, what they write waits its turn, and a form says it failed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import web
from aggregator.storage import engine
from aggregator.storage.engine import Database
from tests.builders import make_source
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from web.request import deferred_writes
from web.request.deferred_writes import DeferredWrites
from web.state import state_of

SECONDS = 60  # for a busy machine; nothing waits that long


@contextmanager
def held(database: Database) -> Iterator[None]:
    """Another process has the write lock, and keeps it."""
    other = Database(database.url.render_as_string(hide_password=False))
    try:
        with other.write_exclusive() as session:
            session.execute(text("UPDATE sources SET position = position"))
            yield
    finally:
        other.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LOCK_WAIT_S", 0.3)
    monkeypatch.setattr(deferred_writes, "LOCK_WAIT_S", 0.02)
    monkeypatch.setattr(deferred_writes, "PAUSE_S", 0.01)


def is_read(browser: Browser, entry_id: int) -> bool:
    found: bool = browser.get(f"/api/v1/entries/{entry_id}").get_json()["read"]
    return found


def unread(reader: Browser) -> str:
    return reader.get("/?unread=1").text


# --- pages -------------------------------------------------------------------------------------


def test_an_entry_opens_at_once_and_is_marked_later(
    impatient: None, app: Flask, amina: Browser, newsroom: Database
) -> None:
    with held(newsroom):
        assert amina.get("/entries/1").status_code == 200
        assert amina.get("/entries/3").status_code == 200
        assert "Tunis" in unread(amina)
    assert state_of(app).deferred.flush(SECONDS)
    assert "Tunis" not in unread(amina)


def test_without_a_lock_it_is_marked_by_the_next_page(amina: Browser) -> None:
    amina.get("/entries/3")
    assert "Tunis" not in unread(amina)


def test_a_form_says_that_nothing_was_saved(
    impatient: None, make_app: MakeApp, newsroom: Database
) -> None:
    amina = Browser(make_app())
    amina.sign_in("Amina")
    token = amina.form_token()
    asked: dict[str, Any] = {"data": {"csrf_token": token, "ids": "3", "on": "1"}}
    with held(newsroom):
        page = amina.client.post("/entries/read", **asked)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "قاعدة البيانات مشغولة ولم يُحفظ شيء" in page.text
        page = amina.client.post("/login", data={"csrf_token": token, "name": "x", "password": "y"})
        assert page.status_code == 503
        english = {"Accept-Language": "en"}
        scripted = {"Accept": "application/json"} | english
        answer = amina.client.post("/entries/read", headers=scripted, **asked)
        assert answer.status_code == 503
        assert answer.get_json()["error"]["code"] == "busy"
    assert amina.client.post("/entries/read", **asked).status_code < 400


def test_a_renewal_of_the_session_delays_no_page(
    impatient: None, app: Flask, amina: Browser, newsroom: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("aggregator.services.accounts.sign_in.needs_renewal", lambda *_: True)
    with held(newsroom):
        assert amina.get("/").status_code == 200
        assert not state_of(app).deferred.flush(0)
    assert state_of(app).deferred.flush(SECONDS)


def test_what_could_not_be_kept_is_said_on_the_next_page(
    impatient: None, app: Flask, amina: Browser, brahim: Browser, newsroom: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(deferred_writes, "KEPT_S", 0.0)
    lost = "تعذر حفظ بعض ما قرأتموه"
    with held(newsroom):
        amina.get("/entries/1")
        assert state_of(app).deferred.flush(SECONDS)
        assert lost not in brahim.get("/").text
        assert lost in amina.get("/").text
        assert lost not in amina.get("/").text


# --- the queue ---------------------------------------------------------------------------------


def test_writes_keep_their_order(impatient: None, database: Database) -> None:
    with database.write() as session:
        make_source(session)
    deferred, order = DeferredWrites(database), []

    def locked(number: int) -> Callable[[Session], object]:
        def write(session: Session) -> None:
            session.execute(text("UPDATE sources SET position = :n"), {"n": number})
            order.append(number)

        return write

    with held(database):
        for number in range(5):
            deferred.submit(locked(number), "not written")
        assert order == []
    assert deferred.flush(SECONDS)
    assert order == [0, 1, 2, 3, 4]


def test_a_full_queue_takes_no_more(
    impatient: None, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(deferred_writes, "MAX_WAITING", 2)
    deferred = DeferredWrites(sqlite_database)
    with held(sqlite_database):
        for reader in range(4):
            deferred.submit(lambda session: session.execute(text("SELECT 1")), "lost", reader)
        assert [deferred.was_lost(reader) for reader in range(4)] == [False, False, True, True]
    assert deferred.flush(SECONDS)
    assert caplog.text.count("lost: too many") == 2


def test_a_bad_write_does_not_stop_those_behind_it(
    impatient: None, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    deferred, done = DeferredWrites(sqlite_database), threading.Event()
    with held(sqlite_database):
        deferred.submit(lambda session: session.execute(text("SELECT nothing")), "bad statement")
        deferred.submit(lambda session: 1 // 0, "bad code")
        deferred.submit(lambda session: done.set(), "good")
    assert deferred.flush(SECONDS)
    assert done.is_set()
    assert "bad statement" in caplog.text
    assert "bad code" in caplog.text


def test_at_the_end_what_is_left_is_logged(
    impatient: None, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    deferred = DeferredWrites(sqlite_database)
    with held(sqlite_database):
        deferred.submit(lambda session: session.execute(text("SELECT 1")), "entry 1 not marked")
        deferred.close(0.05)
        assert "entry 1 not marked: the server ends" in caplog.text
    assert deferred.flush(SECONDS)


# --- the engine --------------------------------------------------------------------------------


def test_a_writer_gives_up_after_its_wait(database: Database) -> None:
    with database.write() as session:
        make_source(session)
    impatient = database.with_lock_wait(0.1)
    with held(database):
        with pytest.raises(OperationalError) as error, impatient.write_exclusive() as session:
            session.execute(text("SELECT 1"))
        assert engine.is_busy(error.value)
        with impatient.read() as session:
            assert session.execute(text("SELECT count(*) FROM sources")).scalar_one() == 1
    with database.write_exclusive() as session:
        session.execute(text("SELECT 1"))


def test_after_a_wait_in_vain_the_next_fail_at_once(sqlite_database: Database) -> None:
    impatient = sqlite_database.with_lock_wait(0.2)
    assert impatient._patience_s() == 0.2
    with held(sqlite_database):
        with pytest.raises(OperationalError), impatient.write() as session:
            session.execute(text("SELECT 1"))
        assert impatient._patience_s() == 0.1
        assert sqlite_database._patience_s() is None
