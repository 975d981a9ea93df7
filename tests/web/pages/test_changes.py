"""The versions of an entry, the changes of a day, and the badge that leads to them."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from tests.revising import revise
from tests.web.browser import Browser
from web.request.auth import now

DAY = timedelta(days=1)


@pytest.fixture
def changed(newsroom: Database, app: Flask) -> Database:
    """Entry 1 was corrected twice today, entry 3 yesterday."""
    with app.app_context():
        moment = now()
    with newsroom.write() as session:
        revise(session, 3, title="Tunis dément", now=moment - DAY)
        revise(session, 1, title="امتلاء 3 سدود", now=moment - timedelta(seconds=2))
    with newsroom.write() as session:
        session.execute(update(Entry).where(Entry.id == 3).values(left_feed_at=moment))
        revise(session, 1, content="<p>نص المقال &lt;الجديد&gt;</p>", now=moment)
    return newsroom


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def test_a_history_compares_the_last_two_versions(changed: Database, driss: Browser) -> None:
    page = driss.get("/entries/1/history").text
    assert "<ins> &lt;الجديد&gt;</ins>" in page
    assert "<del>" not in page
    assert 'lang="ar" dir="rtl"' in page
    assert page.count('name="before"') == 2


def test_any_two_versions_can_be_compared(changed: Database, driss: Browser) -> None:
    page = driss.get("/entries/1/history?before=1&after=3").text
    headline = page.index("<del>امتلاء السدود</del> <ins>امتلاء 3 سدود</ins>")
    assert headline < page.index("الجديد&gt;")
    assert driss.get("/entries/1/history?before=1&after=4").status_code == 400
    assert driss.get("/entries/99/history").status_code == 404


def test_an_unchanged_article_says_so(changed: Database, driss: Browser) -> None:
    page = driss.get("/entries/2/history?hl=en").text
    assert "has not been changed" in page
    assert 'type="radio"' not in page


def test_an_article_that_left_its_feed_says_so(changed: Database, driss: Browser) -> None:
    assert "No longer in the feed of" in driss.get("/entries/3?hl=en").text
    assert "no longer in the feed of" in driss.get("/entries/3/history?hl=en").text
    assert "no longer" not in driss.get("/entries/1?hl=en").text.lower()


def test_lists_entries_and_stories_have_a_badge(changed: Database, driss: Browser) -> None:
    badge = '<a class="badge changed" href="/entries/1/history">Changed: figures</a>'
    for address in ("/?view=entries&hl=en", "/entries/1?hl=en", "/sources/hespress?hl=en"):
        assert badge in driss.get(address).text, address
    assert badge not in driss.get("/entries/2?hl=en").text
    assert badge in driss.get("/stories/1?hl=en").text


def test_changes_of_today(changed: Database, driss: Browser) -> None:
    page = driss.get("/changes?hl=en").text
    assert page.count('class="telling changes"') == 2
    assert "2 changes" in text_of(page)
    assert '/entries/1/history?before=2&amp;after=3"' in page
    assert "Tunis" not in text_of(page.split("<aside>")[0].split('class="timeline"')[1])
    assert "Tunis dément" in text_of(driss.get(day_before(page)).text)


def today(driss: Browser) -> str:
    (day,) = re.findall(r'name="day" value="([^"]+)"', driss.get("/changes").text)
    return str(day)


def day_before(page: str) -> str:
    (address,) = re.findall(r'href="(/changes\?day=[^"]+)"[^>]*>Previous day', page)
    return str(address)


def test_changes_are_narrowed(changed: Database, driss: Browser) -> None:
    assert driss.get("/changes?size=figures").text.count('class="telling changes"') == 1
    assert driss.get("/changes?source=medias24").text.count('class="telling changes"') == 0
    for query in ("size=huge", "day=tomorrow", "announced=2", "source=Not a slug"):
        assert driss.get(f"/changes?{query}").status_code == 400, query
    assert driss.get("/changes?source=nobody").status_code == 404
    assert driss.get("/changes?topic=nothing").status_code == 404


def test_a_day_without_changes(newsroom: Database, driss: Browser) -> None:
    assert "No changes on this day" in driss.get("/changes?hl=en").text


def test_changes_as_feeds(changed: Database, driss: Browser) -> None:
    assert driss.get("/changes.atom").text.count("<entry ") == 3  # yesterday's, too
    atom = driss.get(f"/changes.atom?hl=en&day={today(driss)}").text
    assert atom.count("<entry ") == 2
    assert "[-امتلاء السدود-] {+امتلاء 3 سدود+}" in atom
    items = json.loads(driss.get("/changes.json?size=figures&source=hespress").text)["items"]
    assert [item["tags"] for item in items] == [["figures"]]
    assert items[0]["url"].endswith("/entries/1/history?before=1&after=2")


def test_changes_as_a_table(changed: Database, driss: Browser) -> None:
    answer = driss.get(f"/changes.csv?day={today(driss)}")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [(row["version"], row["size"], row["title_after"]) for row in rows] == [
        ("3", "wording", "امتلاء 3 سدود"),
        ("2", "figures", "امتلاء 3 سدود"),
    ]  # fmt: skip
    assert rows[1]["title_before"] == "امتلاء السدود"
    assert "changes.csv" in answer.headers["Content-Disposition"]
