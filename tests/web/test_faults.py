"""The database fails under a running site: pages say so, nothing is lost, and it comes back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError

from aggregator.config import Settings
from aggregator.runtime.failure_log import DATABASE_FAILURES
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from tests.builders import FAST_PASSWORDS
from tests.faults import held_lock, pragma, read_only
from tests.web import world as worlds
from tests.web.browser import Browser
from tests.web.conftest import populate_newsroom
from tests.web.routes import ROUTES
from tests.web.world import World
from web import create_app

world = worlds.sqlite_world
LONG = " OR ".join(f"كلمة{number}" for number in range(90))
BUSY_MS = 100  # instead of the seconds that writers wait
READ = (
    "/",
    "/?view=entries",
    "/entries/1",
    "/sources",
    "/mine",
    "/search?q=سدود",
    "/starred",
    "/tags",
)
ENTRIES_READ = text("SELECT count(*) FROM stars")


@pytest.fixture(autouse=True)
def _no_earlier_outage() -> None:
    DATABASE_FAILURES.forget()


def stars(database: Database) -> int:
    with database.read() as session:
        return session.execute(ENTRIES_READ).scalar_one()


def is_served(browser: Browser) -> None:
    """Everything works."""
    assert browser.get("/readyz").status_code == 200
    assert [browser.get(url).status_code for url in READ] == [200] * len(READ)
    before = stars(browser.database)  # type: ignore[attr-defined]  # set by `amina_at`
    for on in "10":
        assert browser.post("/entries/1/star", on=on).status_code == 303
    assert stars(browser.database) == before  # type: ignore[attr-defined]  # as above


def amina_at(database: Database) -> Browser:
    app = create_app(Settings(), database, FAST_PASSWORDS)
    amina = Browser(app)  # not `testing`: what is ours becomes a 500, as in production
    amina.database = database  # type: ignore[attr-defined]  # for `is_served`
    assert amina.sign_in("Amina").status_code == 303
    return amina


# --- the lock of SQLite --------------------------------------------------------------------------


def test_reading_goes_on_while_the_lock_is_held(newsroom: Database) -> None:
    pragma(newsroom, f"busy_timeout = {BUSY_MS}")
    amina = amina_at(newsroom)
    token = amina.form_token()
    with held_lock(newsroom):
        assert [amina.get(url).status_code for url in READ] == [200] * len(READ)
        assert amina.get("/readyz").status_code == 200
        form = {"on": "1", "csrf_token": token}
        answer = amina.client.post("/entries/1/star", data=form)
        assert answer.status_code == 503
        assert "locked" not in answer.text
        assert stars(newsroom) == 0
    is_served(amina)


# --- a file that is read-only --------------------------------------------------------------------


def test_a_read_only_file_is_read_and_writing_goes_on_once_it_may(
    newsroom: Database, caplog: pytest.LogCaptureFixture
) -> None:
    amina = amina_at(newsroom)
    token = amina.form_token()
    english = {"Accept-Language": "en"}
    with read_only(newsroom):
        for _ in range(3):  # opened entries are to be marked as read, in vain
            assert [amina.get(url).status_code for url in READ] == [200] * len(READ)
            assert [Browser(amina.client.application).get(url).status_code for url in "/"] == [200]
        assert amina.get("/readyz").status_code == 200
        form = {"on": "1", "csrf_token": token}
        answer = amina.client.post("/entries/1/star", data=form, headers=english)
        assert answer.status_code == 503
        assert "The site can be read, but nothing can be saved at the moment" in answer.text
        assert "readonly" not in answer.text
    assert stars(newsroom) == 0
    marks = [each for each in caplog.messages if each.startswith("writes after pages")]
    assert marks == ["writes after pages: attempt to write a readonly database"]
    (form_line,) = (each for each in caplog.messages if "nothing can be saved" in each)
    assert form_line.endswith("attempt to write a readonly database")
    caplog.clear()
    is_served(amina)
    assert any("the database works again" in each for each in caplog.messages)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_programs_and_people_are_told_that_nothing_can_be_saved(
    newsroom: Database, language: str
) -> None:
    amina = amina_at(newsroom)
    token = amina.form_token()
    with read_only(newsroom):
        form = {"on": "1", "csrf_token": token}
        headers = {"Accept-Language": language}
        page = amina.client.post("/entries/1/star", data=form, headers=headers)
        answer = Browser(amina.client.application).post("/login", name="Amina", password="x")
    assert page.status_code == answer.status_code == 503
    assert f'<html lang="{language}"' in page.text
    assert "error.unwritable" not in page.text


# --- the disk ------------------------------------------------------------------------------------


def test_a_full_disk_loses_nothing_and_keeps_pages(newsroom: Database) -> None:
    amina = amina_at(newsroom)
    with newsroom.write() as session:
        session.execute(text("CREATE TABLE filling (a TEXT)"))
    pages = _pages(newsroom)
    pragma(newsroom, f"max_page_count = {pages}")
    token = amina.form_token()
    _fill(newsroom)
    rows = stars(newsroom)
    found = [
        amina.client.post(
            "/search/saved", data={"q": f"{LONG} OR w{number}", "csrf_token": token}
        ).status_code
        for number in range(9)
    ]
    assert set(found) <= {303, 503}
    assert 503 in found
    assert [amina.get(url).status_code for url in READ] == [200] * len(READ)
    assert stars(newsroom) == rows
    with newsroom.read() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        kept = session.execute(text("SELECT count(*) FROM saved_searches")).scalar_one()
    assert kept == found.count(303)
    pragma(newsroom, "max_page_count = 1000000")
    is_served(amina)


def _pages(database: Database) -> int:
    with database.read() as session:
        return int(session.execute(text("PRAGMA page_count")).scalar_one())


def _fill(database: Database) -> None:
    """Until not one page is left."""

    def add() -> None:
        for _ in range(1000):
            with database.write() as session:
                session.execute(text("INSERT INTO filling VALUES (hex(randomblob(1500)))"))

    with pytest.raises(OperationalError, match="full"):
        add()


@pytest.mark.parametrize("fault", ["emptied", "garbage", "another database"])
def test_a_damaged_file_is_told_and_the_site_comes_back(
    newsroom: Database, tmp_path: Path, fault: str
) -> None:
    amina = amina_at(newsroom)
    newsroom.close()
    saved = newsroom.path.read_bytes()
    bodies = {"emptied": b"", "garbage": b"garbage " * 9000}
    if fault == "another database":
        with closing(sqlite3.connect(tmp_path / "other.db")) as other:
            other.execute("CREATE TABLE entries (id)")
            other.commit()
        bodies[fault] = (tmp_path / "other.db").read_bytes()
    newsroom.path.write_bytes(bodies[fault])
    assert amina.get("/healthz").status_code == 200
    assert amina.get("/readyz").status_code == 503
    for url in (*READ, "/api/v1/entries"):
        answer = amina.get(url)
        assert answer.status_code == 503, (url, answer.text)
        assert "sqlite" not in answer.text.lower()
    newsroom.close()
    for name in ("-wal", "-shm"):
        newsroom.path.with_name(newsroom.path.name + name).unlink(missing_ok=True)
    newsroom.path.write_bytes(saved)
    is_served(amina)


def test_a_deleted_file_is_told_and_nothing_is_written_to_it(
    newsroom: Database, tmp_path: Path
) -> None:
    amina = amina_at(newsroom)
    token = amina.form_token()
    kept = tmp_path / "kept.db"
    newsroom.path.rename(kept)
    assert amina.get("/healthz").status_code == 200
    assert amina.get("/readyz").status_code == 503
    assert [amina.get(url).status_code for url in READ] == [503] * len(READ)
    form = {"on": "1", "csrf_token": token}
    assert amina.client.post("/entries/1/star", data=form).status_code == 503
    assert not newsroom.path.exists()
    kept.rename(newsroom.path)
    assert stars(newsroom) == 0
    is_served(amina)


def test_a_restored_file_is_read_from_the_next_request_on(
    newsroom: Database, tmp_path: Path
) -> None:
    amina = amina_at(newsroom)
    with newsroom.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = tmp_path / "copy.db"
    shutil.copyfile(newsroom.path, copy)
    with closing(sqlite3.connect(copy)) as other:
        other.execute("UPDATE entries SET title = 'من النسخة' WHERE id = 1")
        other.commit()
    copy.rename(newsroom.path)
    assert "من النسخة" in amina.get("/entries/1").text


# --- PostgreSQL ----------------------------------------------------------------------------------


@pytest.fixture
def server(postgresql: Callable[[str], str]) -> Iterator[tuple[Database, Callable[[str], None]]]:
    """A newsroom in PostgreSQL, and a way to run statements beside it."""
    database = Database(postgresql("faults"))
    migrate(database)
    populate_newsroom(database)
    admin = create_engine(database.url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def run(statement: str) -> None:
        with admin.connect() as connection:
            connection.execute(text(statement))

    yield database, run
    run("ALTER DATABASE faults ALLOW_CONNECTIONS true")
    admin.dispose()
    database.close()


STOP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults'"


def test_postgresql_restarts_between_requests(server: Any) -> None:
    database, run = server
    amina = amina_at(database)
    for _ in range(3):
        run(STOP)
        is_served(amina)


def test_postgresql_is_away_for_a_while(server: Any) -> None:
    database, run = server
    amina = amina_at(database)
    token = amina.form_token()
    run("ALTER DATABASE faults ALLOW_CONNECTIONS false")
    run(STOP)
    assert amina.get("/healthz").status_code == 200
    assert amina.get("/readyz").status_code == 503
    for url in (*READ, "/api/v1/entries"):
        answer = amina.get(url)
        assert answer.status_code == 503
        assert "psycopg" not in answer.text
    form = {"on": "1", "csrf_token": token}
    assert amina.client.post("/entries/1/star", data=form).status_code == 503
    run("ALTER DATABASE faults ALLOW_CONNECTIONS true")
    assert stars(database) == 0
    is_served(amina)


@pytest.mark.parametrize("url", ["/", "/entries/1", "/search?q=سدود", "/api/v1/entries"])
def test_postgresql_stops_before_any_statement_of_a_page(server: Any, url: str) -> None:
    database, run = server
    amina = amina_at(database)
    for count, answer in _stopped_at_each(database, run, lambda: amina.get(url)):
        # Behind the last statement of the page comes what is written once it is sent
        assert answer.status_code in (200, 503), count
    is_served(amina)


def test_postgresql_stops_in_the_middle_of_a_form(server: Any) -> None:
    database, run = server
    amina = amina_at(database)
    form = {"on": "1", "csrf_token": amina.form_token()}
    send = lambda: amina.client.post("/entries/1/star", data=form)  # noqa: E731
    answers = [answer.status_code for _, answer in _stopped_at_each(database, run, send)]
    assert answers[0] == 503
    assert set(answers) <= {303, 503}
    assert answers[-1] == 303
    assert stars(database) == 1
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # of a queue


def _stopped_at_each(
    database: Database, run: Callable[[str], None], send: Callable[[], Any]
) -> Iterator[tuple[int, Any]]:
    """Send a request again and again, the server stopping one statement later each time."""
    left = [0]

    @event.listens_for(database.engine, "before_cursor_execute")
    def stop(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            run(STOP)

    for count in range(1, 200):
        left[0] = count
        answer = send()
        yield count, answer
        if left[0] > 0:
            break
    left[0] = 0
    event.remove(database.engine, "before_cursor_execute", stop)


# --- error pages without the database ------------------------------------------------------------

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


# --- any statement of any route ------------------------------------------------------------------


def test_any_statement_may_fail(world: World) -> None:
    world.expected = {503}
    left = [0]

    @event.listens_for(world.database.engine, "before_cursor_execute")
    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OperationalError(statement, {}, sqlite3.OperationalError("disk I/O error"))

    for (method, rule), route in ROUTES.items():
        if rule == "/account/export.json":
            continue  # is cut off while it is sent
        for count in range(1, 60):
            left[0] = count
            world.send(method, rule, route)
            if left[0] > 0:
                break
    event.remove(world.database.engine, "before_cursor_execute", fail)
    assert not world.faults, "\n".join(world.faults)


def test_an_app_without_tables_says_so(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    migrate(database)
    app: Flask = create_app(Settings(), database, FAST_PASSWORDS)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE entries")
    assert Browser(app).get("/").status_code == 503
    database.close()
