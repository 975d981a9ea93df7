"""Topics for programs: shapes, reasons, slips."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.services.desk import topics
from aggregator.services.desk.backfill import run_backfill
from aggregator.storage.engine import Database
from aggregator.types import LocalizedText, TopicContent, User
from tests.web.browser import Browser

NOW = datetime.now(UTC)
EDITOR = User(9, "Badia", "editor")


@pytest.fixture(autouse=True)
def topic(newsroom: Database) -> Database:
    """Entries 1 and 2, a copy of it, by the rule; 3 by hand. And a draft."""
    with newsroom.write_exclusive() as session:
        name = LocalizedText(ar="الماء")
        rule = "سدود OR barrages"
        water = TopicContent("water", name, rule=rule, state="published")
        topics.create(session, EDITOR, water, NOW)
        topics.create(session, EDITOR, TopicContent("draft", name, rule="سدود"), NOW)
        topics.pin(session, EDITOR, "water", 3, days=0, note="", now=NOW)
    run_backfill(newsroom, NOW)
    return newsroom


def ids(browser: Browser, path: str) -> list[int]:
    answer = browser.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return [entry["id"] for entry in answer.get_json()["entries"]]


def test_topics(driss: Browser, amina: Browser) -> None:
    body = driss.get("/api/v1/topics").get_json()
    assert body["next_cursor"] is None
    (found,) = body["topics"]
    assert list(found) == ["slug", "name", "about", "rule", "url", "feeds", "entry_count",
                           "newest_at", "published_at", "updated_at"]  # fmt: skip
    assert found["name"] == {"ar": "الماء", "fr": "", "en": ""}
    assert (found["entry_count"], found["newest_at"]) == (3, "2026-11-02T07:00:00Z")
    assert found["feeds"]["atom"].endswith("/topics/water.atom")
    assert driss.get("/api/v1/topics/water").get_json() == found
    amina.post("/topics/water/follow", on="1")
    assert amina.get("/api/v1/topics/water").get_json()["followed"] is True


def test_entries_of_a_topic_and_why(driss: Browser) -> None:
    entries = driss.get("/api/v1/topics/water/entries").get_json()["entries"]
    assert {entry["id"]: entry["why"] for entry in entries} == {
        3: {"words": [], "pinned_by": "Badia"},
        2: {"words": ["barrages"], "pinned_by": None},
        1: {"words": ["سدود"], "pinned_by": None},
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("entries?topic=water", [3, 2, 1]),
        ("entries?topic=water&collapse=1", [3, 1]),
        ("entries?topic=water&lang=ar", [1]),
        ("entries?topic=water&source=medias24", [2]),
        ("entries?topic=water&country=TN", [3]),
        ("topics/water/entries?limit=1", [3]),
        ("topics/water/entries?collapse=1&lang=fr", [3]),
    ],
)
def test_narrowed(driss: Browser, query: str, expected: list[int]) -> None:
    assert ids(driss, query) == expected


def test_page_by_page_and_unread(driss: Browser, amina: Browser) -> None:
    page = driss.get("/api/v1/topics/water/entries?limit=2").get_json()
    assert ids(driss, f"topics/water/entries?limit=2&cursor={page['next_cursor']}") == [1]
    amina.get("/entries/3").close()
    assert ids(amina, "topics/water/entries?unread=1") == [2, 1]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("topics/draft", 404),
        ("topics/draft/entries", 404),
        ("topics/none", 404),
        ("topics?limit=1", 400),
        ("topics/water/entries?tag=x", 400),
        ("topics/water/entries?q=x", 400),
        ("entries?topic=water&q=x", 400),
        ("topics/water/entries?unread=1", 401),
        ("entries?topic=draft", 400),
        ("entries?topic=a/b", 400),
    ],
)
def test_slips(driss: Browser, path: str, status: int) -> None:
    answer = driss.get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer.get_json()["error"]["code"]


def test_a_topic_is_no_tag(amina: Browser) -> None:
    assert amina.get("/api/v1/entries?topic=water&starred=1").status_code == 400
