"""GET /api/v1/changes and /api/v1/entries/ID/revisions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from aggregator.storage.engine import Database
from tests.revising import revise
from tests.web.browser import Browser
from web.request.auth import now


@pytest.fixture(autouse=True)
def changed(newsroom: Database, app: Flask) -> None:
    """Entry 1 was changed twice."""
    with app.app_context():
        moment = now()
    with newsroom.write() as session:
        revise(session, 1, title="امتلاء 3 سدود", now=moment - timedelta(seconds=2))
    with newsroom.write() as session:
        revise(session, 1, title="امتلاء 4 سدود", now=moment)


def test_versions_of_an_entry(driss: Browser) -> None:
    answer = driss.get("/api/v1/entries/1/revisions").get_json()
    assert (answer["entry_id"], answer["left_feed_at"]) == (1, None)
    assert [each["title"] for each in answer["versions"]] == [
        "امتلاء السدود", "امتلاء 3 سدود", "امتلاء 4 سدود",
    ]  # fmt: skip
    assert [each["version"] for each in answer["versions"]] == [1, 2, 3]
    assert answer["versions"][0]["change"] is None
    assert answer["versions"][2]["change"] == {
        "size": "figures", "announced": False, "title_changed": True,
    }  # fmt: skip
    assert answer["versions"][0]["content"] == "<p>نص المقال</p>"
    assert driss.get("/api/v1/entries/99/revisions").status_code == 404
    assert driss.get("/api/v1/entries/1/revisions?limit=1").status_code == 400


def test_changes_of_today(driss: Browser) -> None:
    first = driss.get("/api/v1/changes?limit=1").get_json()
    (change,) = first["changes"]
    assert (change["entry"]["id"], change["entry"]["change"], change["version"]) == (
        1, "figures", 3,
    )  # fmt: skip
    assert change["before"]["title"] == "امتلاء 3 سدود"
    assert change["after"]["title"] == "امتلاء 4 سدود"
    rest = driss.get(f"/api/v1/changes?limit=1&cursor={first['next_cursor']}").get_json()
    assert [each["version"] for each in rest["changes"]] == [2]
    assert rest["next_cursor"] is None


def test_changes_are_narrowed_and_wrong_parameters_refused(driss: Browser) -> None:
    assert driss.get("/api/v1/changes?size=names").get_json()["changes"] == []
    assert driss.get("/api/v1/changes?day=2020-01-01").get_json()["changes"] == []
    for query in ("size=huge", "day=today", "source=nobody", "topic=none", "page=2"):
        assert driss.get(f"/api/v1/changes?{query}").status_code == 400, query
