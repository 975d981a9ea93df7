"""Published topics: what readers see of them, follow, and ask why."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.services.desk import topics
from aggregator.services.desk.backfill import run_backfill
from aggregator.storage.engine import Database
from aggregator.types import LocalizedText, TopicContent, User
from tests.builders import make_entry
from tests.web.browser import Browser

NOW = datetime.now(UTC)
EDITOR = User(9, "Badia", "editor")
RULE = "سدود OR barrages OR tunis"


@pytest.fixture
def topic(newsroom: Database) -> Database:
    """Entries 1, 2 (a copy of it) and 3, of which 3 is pinned."""
    name, about = LocalizedText(ar="الماء", fr="L’eau"), LocalizedText(ar="كل <ما> يجري")
    with newsroom.write_exclusive() as session:
        content = TopicContent("water", name, about, RULE, "published")
        topics.create(session, EDITOR, content, NOW)
        topics.pin(session, EDITOR, "water", 3, days=0, note="", now=NOW)
    run_backfill(newsroom, NOW)
    return newsroom


@pytest.mark.parametrize("density", ["headlines", "cards", "magazine"])
def test_pinned_entries_have_the_density_of_the_list(
    driss: Browser, topic: Database, density: str
) -> None:
    driss.post("/preferences", density=density)
    page = driss.get("/topics/water").text
    pinned = page.index('<section class="day pinned"')
    assert f'<div data-density="{density}">' in page[pinned - 60 : pinned]
    assert page.count(f'data-density="{density}"') == 2


def test_a_topic_is_a_page(driss: Browser, topic: Database) -> None:
    listed = driss.get("/topics", headers={"Accept-Language": "fr"}).text
    assert 'href="/topics/water"' in listed
    assert "L’eau" in listed
    page = driss.get("/topics/water", headers={"Accept-Language": "en"}).text
    assert '<h1 lang="ar"><bdi>الماء</bdi></h1>' in page  # there is no English name
    assert "كل &lt;ما&gt; يجري" in page
    assert page.index("/entries/3?") < page.index("/entries/1?")
    assert page.count('id="e3"') == 1  # pinned, and not once more below
    assert 'id="e2"' not in page  # a copy of 1
    assert "Pinned by <bdi>Badia</bdi>" in page
    assert driss.get("/topics/none").status_code == 404


def test_it_can_be_narrowed_and_walked(driss: Browser, amina: Browser, topic: Database) -> None:
    assert 'id="e1"' not in driss.get("/topics/water?lang=fr").text
    entry = driss.get("/entries/1?in=topic:water").text
    assert 'href="/topics/water"' in entry  # the way back
    assert driss.get("/topics/water?unread=1").status_code == 303
    amina.get("/entries/1")
    assert 'id="e1"' not in amina.get("/topics/water?unread=1").text
    assert amina.get("/entries/1?in=topic:none").status_code == 200  # the entry is there


def test_readers_follow_it_and_see_what_is_new(amina: Browser, topic: Database) -> None:
    answer = amina.post("/topics/water/follow", on="1")
    assert answer.headers["Location"] == "/topics/water"
    assert '<b class="count"></b>' in amina.get("/topics").text
    with topic.write() as session:
        new = make_entry(session, 1, "سدود جديدة", age=0)
        topics.pin(session, EDITOR, "water", new, days=0, note="", now=NOW)
    assert '<b class="count">1</b>' in amina.get("/topics").text
    amina.get("/topics/water", headers={"Sec-Purpose": "prefetch"}).close()
    assert '<b class="count">1</b>' in amina.get("/topics").text  # fetched ahead, not looked at
    amina.get("/topics/water").close()
    assert '<b class="count"></b>' in amina.get("/topics").text
    for page in ("/mine", "/following"):
        assert 'href="/topics/water"' in amina.get(page).text
    amina.post("/topics/water/follow", on="0")
    assert '<b class="count">' not in amina.get("/topics").text.partition("<main")[2]


def test_visitors_cannot_follow(driss: Browser, topic: Database) -> None:
    assert driss.post("/topics/water/follow", on="1").status_code == 403


def test_where_reading_is_not_public_visitors_see_nothing(
    make_app: object, topic: Database
) -> None:
    closed = Browser(make_app(public_reading=False))  # type: ignore[operator]
    for page in ("/topics", "/topics/water"):
        assert closed.get(page).headers["Location"].startswith("/login")


def test_an_entry_tells_in_which_topics_it_is(driss: Browser, topic: Database) -> None:
    page = driss.get("/entries/1", headers={"Accept-Language": "en"}).text
    assert '<a href="/topics/water" lang="ar">' in page
    assert "<mark><bdi>سدود</bdi></mark>" in page
    assert (
        "Pinned by <bdi>Badia</bdi>"
        in driss.get("/entries/3", headers={"Accept-Language": "en"}).text
    )
