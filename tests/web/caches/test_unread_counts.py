"""The number of unread entries at the head of pages."""

from __future__ import annotations

import re
import time

import pytest
from sqlalchemy import delete, insert

from aggregator.services.reading import following, marking, muting, packs, unread
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from aggregator.storage.models.readers import SourceSubscription
from aggregator.types import User
from tests.builders import NOW, make_entry
from tests.web.browser import Browser
from web.caches.unread import RECOUNT_AFTER_S

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


AMINA = User(1, "Amina", "reader")


def test_new_entries_are_added_at_once(followed: Database, amina: Browser) -> None:
    assert shown(amina) == "2"
    with followed.write() as session:
        first = make_entry(session, 1, "خبر جديد")
        make_entry(session, 3, "خبر جديد", duplicate_of=first)
    assert shown(amina) == shown(amina, "/mine") == "3"


def test_what_was_counted_is_not_counted_again(
    followed: Database, amina: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown(amina) == "2"
    monkeypatch.setattr(unread, "count_unread", pytest.fail)
    with followed.write() as session:
        make_entry(session, 1, "خبر جديد")
    assert shown(amina) == "3"
    amina.post("/entries/read", ids="1", on="1")
    amina.get("/entries/3").close()
    assert shown(amina) == "1"
    amina.post("/entries/read", ids="1", on="0")
    assert shown(amina) == shown(amina, "/mine") == "2"


def test_a_change_through_another_process_shows_at_once(followed: Database, amina: Browser) -> None:
    assert shown(amina) == "2"
    with followed.write() as session:
        marking.mark_entries(session, AMINA, [1], True, NOW)
    assert shown(amina) == "1"
    with followed.write() as session:
        following.unfollow(session, AMINA, "kapitalis")
    assert shown(amina) == ""
    with followed.write() as session:
        following.follow(session, AMINA, "kapitalis", NOW, as_before=True)
        muting.mute_source(session, AMINA, "kapitalis", True, NOW)
    assert shown(amina) == ""
    with followed.write() as session:
        muting.mute_source(session, AMINA, "kapitalis", False, NOW)
    assert shown(amina) == "1"
    with followed.write() as session:
        packs.undo_pack(session, AMINA, [3], [])
    assert shown(amina) == ""


def test_each_reader_has_their_own(followed: Database, amina: Browser, brahim: Browser) -> None:
    with followed.write() as session:
        row = {"user_id": 2, "source_id": 1, "followed_at": NOW}
        session.execute(insert(SourceSubscription), row)
    assert (shown(amina), shown(brahim)) == ("2", "1")
    amina.post("/entries/read", ids="1,3", on="1")
    assert (shown(amina), shown(brahim)) == ("", "1")
    brahim.post("/entries/read", ids="1", on="1")
    assert (shown(amina), shown(brahim)) == ("", "")


def test_deleted_entries_leave_after_a_while(
    followed: Database, amina: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown(amina) == "2"
    with followed.write() as session:
        session.execute(delete(Entry).where(Entry.id == 1))
    later = time.monotonic() + RECOUNT_AFTER_S + 1
    monkeypatch.setattr("web.caches.ttl.time.monotonic", lambda: later)
    assert shown(amina) == "1"
