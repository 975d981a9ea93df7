"""The page of a story: its timeline, its reprints, marking it, what programs get."""

from __future__ import annotations

import re

import pytest

from aggregator.process.analysis.story_features import story_features
from aggregator.storage.engine import Database
from tests.builders import an_entry
from tests.stories import OWN
from tests.web.browser import Browser
from tests.web.pages.telling import tell

pytestmark = pytest.mark.usefixtures("told")


def test_the_timeline_folds_reprints_and_says_who_they_are(driss: Browser) -> None:
    page = driss.get("/stories/4").text
    titles = re.findall(r'<h3 class="title" [^>]*><a href="/entries/(\d)"', page)
    assert titles == ["5", "7", "4", "5", "7"]  # each language, then the timeline
    assert "أعاد نشره مصدر واحد" in page
    assert 'href="/stories/4/changes/6"' in page
    assert "ownership.public" not in page
    assert "خدمة عمومية" in page
    changes = driss.get("/stories/4/changes/6").text
    assert "<del>" in changes
    assert "<ins>" in changes
    assert driss.get("/stories/4/changes/5").status_code == 404


def test_an_entry_alone_has_a_story_and_a_page_leads_to_its_own(driss: Browser) -> None:
    assert "Tunis" in driss.get("/stories/3").text
    assert driss.get("/stories/99").status_code == 404
    assert 'href="/stories/4"' in driss.get("/entries/5").text
    assert driss.get("/stories/5").location == "/stories/4"


def test_marking_a_story_marks_its_entries_and_can_be_taken_back(amina: Browser) -> None:
    assert amina.post("/stories/4/read", on="1").status_code == 303
    listed = amina.get("/api/v1/entries?limit=10").json["entries"]
    assert {entry["id"] for entry in listed if entry["read"]} == {4, 5, 6, 7}
    assert re.search(r'<article class="entry[^"]* read" id="e5"', amina.get("/").text)


def test_the_api_gives_stories_and_each_entry_its_own(driss: Browser) -> None:
    story = driss.get("/api/v1/stories/4").json
    assert (story["id"], story["entry_count"], story["source_count"]) == (4, 4, 4)
    assert [entry["id"] for entry in story["entries"]] == [4, 5, 6, 7]
    listed = driss.get("/api/v1/entries").json["entries"]
    homes = {entry["id"]: entry["story_id"] for entry in listed}
    assert homes == {1: 1, 2: 1, 3: 3, 4: 4, 5: 4, 6: 4, 7: 4}
    assert driss.get("/api/v1/stories?source=x").status_code == 400


def test_a_large_story_shows_its_latest_articles_and_leads_to_the_earlier_ones(
    amina: Browser, newsroom: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.services.reading.stories.STORY_PAGE_SIZE", 2)
    amina.post("/stories/4/follow", on="1")
    page = amina.get("/stories/4").text
    assert re.findall(r'<li class="telling[^"]*" id="e(\d)"', page) == ["6", "7"]
    assert "4 مقالات" in page
    assert all(f"جريدة {number}" in page for number in range(4))
    assert 'href="/stories/4?before=6"' in page
    earlier = amina.get("/stories/4?before=6").text
    assert re.findall(r'<li class="telling[^"]*" id="e(\d)"', earlier) == ["4", "5"]
    assert 'rel="prev"' not in earlier
    assert amina.get("/stories/4?before=4").status_code == 404
    assert amina.get("/stories/4?before=x").status_code == 400
    assert len(amina.get("/api/v1/stories/4").json["entries"]) == 4


def test_a_copy_with_a_sentence_added_says_what_it_reprints(
    driss: Browser, newsroom: Database
) -> None:
    added = f"{OWN} وينتظر سكان المدينة نتائج التحقيق الذي باشره الدرك قبل يومين."
    copy = an_entry("عنوان آخر", text=added, story=story_features("عنوان آخر", added))
    id_ = tell(newsroom, copy, "copier")
    entry = driss.get(f"/api/v1/entries/{id_}").json
    assert entry["duplicate_of"] is None
    assert entry["reprint_of"] == 5
    assert 0.9 < entry["containment"] <= 1
    for address in ("entries?limit=200", "search?q=عنوان", "stories"):
        body = driss.get(f"/api/v1/{address}").json
        listed = body.get("entries") or body["stories"][0]["entries"]
        assert [e["reprint_of"] for e in listed if e["id"] == id_] == [5]
    page = driss.get(f"/entries/{id_}").text
    assert "منقول عن" in page
    assert f'href="/stories/4/changes/{id_}"' in page
    assert "منقول عن" not in driss.get("/entries/5").text
