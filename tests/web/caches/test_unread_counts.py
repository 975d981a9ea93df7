"""The number of unread entries at the head of pages."""

from __future__ import annotations

import re
import time

import pytest
from sqlalchemy import insert

from aggregator.storage.engine import Database
from aggregator.storage.models.readers import SourceSubscription
from tests.builders import NOW, make_entry
from tests.web.browser import Browser

TOTAL = re.compile(r"data-unread-total>([^<]*)<")


@pytest.fixture
def followed(newsroom: Database) -> Database:
    """Amina follows Hespress and Kapitalis; one entry of each is unread."""
    with newsroom.write() as session:
        session.execute(
            insert(SourceSubscription),
            [{"user_id": 1, "source_id": each, "followed_at": NOW} for each in (1, 3)],
        )
    return newsroom


def shown(browser: Browser, url: str = "/sources") -> str | None:
    found = TOTAL.search(browser.get(url).text)
    return found[1] if found else None


@pytest.mark.usefixtures("followed")
def test_every_page_of_a_reader_has_it(driss: Browser, amina: Browser, brahim: Browser) -> None:
    assert shown(driss) is None
    assert shown(amina) == shown(amina, "/mine") == shown(amina, "/starred") == "2"
    assert shown(brahim) == ""


@pytest.mark.usefixtures("followed")
def test_it_changes_with_what_the_reader_does(amina: Browser) -> None:
    assert shown(amina) == "2"
    amina.post("/entries/read", ids="1", on="1")
    assert shown(amina) == "1"
    amina.get("/entries/3").close()
    assert shown(amina) == ""


def test_it_is_kept_for_a_while(
    followed: Database, amina: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown(amina) == "2"
    with followed.write() as session:
        make_entry(session, 1, "خبر جديد")
    assert shown(amina) == "2"
    assert shown(amina, "/mine") == "3"
    with followed.write() as session:
        make_entry(session, 1, "خبر آخر")
    assert shown(amina) == "3"
    later = time.monotonic() + 31
    monkeypatch.setattr("web.caches.ttl.time.monotonic", lambda: later)
    assert shown(amina) == "4"
