"""What an installation without entries says: how to add a source, to wait, or what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import delete, update

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed, Source
from tests.web.browser import Browser

MakeApp = Callable[..., Flask]
NOW = datetime.now(UTC)
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def unread(newsroom: Database) -> Database:
    """Three feeds that were not polled yet."""
    with newsroom.write() as session:
        session.execute(delete(Entry))
        unpolled = {"entry_count": 0, "last_polled_at": None, "last_success_at": None}
        session.execute(update(Feed).values(unpolled | {"status": "new"}))
    return newsroom


@pytest.fixture
def empty(unread: Database) -> Database:
    """No source is configured."""
    with unread.write() as session:
        session.execute(delete(Feed))
        session.execute(delete(Source))
    return unread


def test_without_a_source_every_list_says_how_to_add_one(
    empty: Database, driss: Browser, chaimae: Browser
) -> None:
    for browser, address in ((driss, "/"), (driss, "/sources"), (chaimae, "/operate")):
        page = browser.get(address, headers=ENGLISH).text
        assert "No sources yet" in page
        assert "[[source]]" in page
    assert "on their way" not in driss.get("/", headers=ENGLISH).text


def test_before_the_first_poll_entries_are_on_their_way(
    unread: Database, driss: Browser, chaimae: Browser
) -> None:
    page = driss.get("/", headers=ENGLISH).text
    assert "The first articles are on their way" in page
    assert "[[source]]" not in page
    board = chaimae.get("/operate", headers=ENGLISH).text
    assert "Some have not been polled yet." in board
    assert "All is well." not in board


def test_when_nothing_can_be_read_it_says_so(
    unread: Database, driss: Browser, chaimae: Browser
) -> None:
    failed = {"status": "failing", "error_kind": "timeout", "failures": 1, "last_polled_at": NOW}
    with unread.write() as session:
        session.execute(update(Feed).values(failed))
    assert "No source could be read" in driss.get("/", headers=ENGLISH).text
    page = chaimae.get("/operate/feeds/1", headers=ENGLISH).text
    assert "never been read successfully" in page
    assert "Nothing to do" not in page
