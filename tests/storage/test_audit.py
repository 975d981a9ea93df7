"""The audit log in the database: narrowed, paged, forgotten, never changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aggregator.services.operate.audit import delete_old_acts_daily
from aggregator.storage import audit
from aggregator.storage.engine import Database
from aggregator.types.audit import Act, ActFilter
from tests.builders import NOW

DAY = timedelta(days=1)
PINNED = Act(NOW - 2 * DAY, "Brahim", "web", "topic.pin", "water", "7")
SAVED = Act(NOW - DAY, "Brahim", "web", "topic.save", "water", "تصحيح")
CLOSED = Act(NOW, "root", "cli", "user.close", "Yassine")


@pytest.fixture
def log(database: Database) -> Database:
    with database.write() as session:
        for act in (PINNED, SAVED, CLOSED):
            audit.add(session, act)
    return database


def find(database: Database, before: int | None = None, limit: int = 9, **chosen: Any) -> list[str]:
    with database.read() as session:
        found = audit.list_acts(session, ActFilter(**chosen), before=before, limit=limit)
    return [act.kind for act in found]


def test_the_latest_comes_first(log: Database) -> None:
    assert find(log) == ["user.close", "topic.save", "topic.pin"]
    with log.read() as session:
        first, *_, last = audit.list_acts(session, ActFilter(), before=None, limit=9)
        assert audit.list_actors(session) == ("Brahim", "root")
    assert (first.at, first.actor, first.via, first.target) == (NOW, "root", "cli", "Yassine")
    assert last.detail == "7"
    assert find(log, limit=1) == ["user.close"]
    assert find(log, before=first.id) == ["topic.save", "topic.pin"]


def test_it_is_narrowed(log: Database) -> None:
    assert find(log, actor="Brahim") == ["topic.save", "topic.pin"]
    assert find(log, kind="topic.pin") == ["topic.pin"]
    assert find(log, actor="root", kind="topic.pin") == []
    assert find(log, since=NOW - DAY, until=NOW) == ["topic.save"]


def test_nothing_in_it_is_changed(log: Database) -> None:
    with pytest.raises(DBAPIError, match="only added to"), log.write() as session:
        session.execute(text("UPDATE acts SET actor = 'Driss'"))
    assert find(log, actor="Driss") == []


def test_texts_are_cut_and_cleaned(database: Database) -> None:
    with database.write() as session:
        audit.add(session, Act(NOW, "Brahim", "web", "topic.save", "x", "a\0\n b" + "ن" * 900))
    with database.read() as session:
        (act,) = audit.list_acts(session, ActFilter(), before=None, limit=9)
    assert act.detail.startswith("a bن")
    assert len(act.detail) == audit.MAX_TEXT


def test_old_acts_are_forgotten_once_a_day(log: Database) -> None:
    assert delete_old_acts_daily(log, DAY, NOW) == 1
    assert find(log) == ["user.close", "topic.save"]
    assert delete_old_acts_daily(log, timedelta(0), NOW + timedelta(hours=1)) is None
    assert delete_old_acts_daily(log, timedelta(0), NOW + DAY) == 2
