"""The file of SQLite is locked, read-only, damaged or gone: pages say so, and nothing is lost."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from aggregator.storage.engine import Database
from tests.faults import held_lock, pragma, read_only
from tests.web.browser import Browser
from tests.web.faults.sites import BUSY_MS, LONG, READ, amina_at, is_served, stars


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
