"""The front page: each story once, what opens it, what it is narrowed to."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from aggregator.storage.engine import Database
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries
from tests.web.browser import Browser

pytestmark = pytest.mark.usefixtures("told")


def test_the_front_page_shows_a_story_once_by_its_lead_with_who_told_it(driss: Browser) -> None:
    page = driss.get("/").text
    assert "فاجعة أغبالة" in page
    assert "مصرع أربعة" not in page
    assert "Aghbala" not in page
    assert 'href="/stories/4"' in page
    assert "4 مصادر" in page
    told_by = re.search(r'<p class="told">(.*?)</p>', page, re.DOTALL)
    assert told_by
    assert all(f"جريدة {number}" in told_by[1] for number in range(4))
    assert "العربية، الفرنسية" in told_by[1]
    assert ">و م ع<" in page
    assert 'data-ids="4 5 6 7" data-place="7"' in page
    assert "امتلاء السدود" in page  # an entry alone looks as entries do


@pytest.mark.parametrize(
    "address", ["/?view=entries", "/?view=entries&source=source-0", "/sources/source-0"]
)
def test_every_entry_is_a_click_away(driss: Browser, address: str) -> None:
    assert "مصرع أربعة" in driss.get(address).text


def test_a_narrowed_front_page_shows_the_story_by_what_belongs_to_it(driss: Browser) -> None:
    french = driss.get("/?lang=fr").text
    assert 'href="/stories/4"' in french
    assert "Aghbala" in french
    assert "فاجعة" not in french
    assert 'href="/stories/4"' in driss.get("/?country=MA").text
    assert 'href="/stories/4"' not in driss.get("/?country=TN").text


def test_what_a_reader_muted_does_not_lead_a_story(amina: Browser) -> None:
    amina.post("/sources/source-1/mute", on="1")
    page = amina.get("/").text
    assert "فاجعة أغبالة" not in page
    assert 'href="/stories/4"' in page
    assert "جريدة 1" not in re.search(r'<p class="told">(.*?)</p>', page, re.DOTALL)[1]  # type: ignore[index]


def test_pages_follow_each_other_without_showing_a_story_twice(driss: Browser) -> None:
    seen: list[int] = []
    cursor = ""
    while True:
        answer = driss.get(f"/api/v1/stories?limit=1{cursor}").json
        seen += [story["id"] for story in answer["stories"]]
        if not answer["next_cursor"]:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert seen == [4, 3, 1]


def test_the_most_told_story_opens_the_front_page(
    driss: Browser, amina: Browser, newsroom: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.caches.front_page.now", lambda: NOW)
    with newsroom.write_exclusive() as session:
        source = make_source(session, "latest", name="الأحدث", position=30)
        newest = an_entry("خبر الساعة", guid="newest", published_at=NOW - timedelta(minutes=1))
        store_entries(session, make_feed(session, source, "https://latest.example"), newest)
    page = driss.get("/").text
    opening, rest = page.split("</section>", 1)
    assert 'class="opening-story"' in opening
    assert "فاجعة أغبالة" in opening
    assert "خبر الساعة" in rest
    assert "فاجعة أغبالة" not in rest
    for narrowed in ("/?lang=ar", "/?view=entries"):
        assert "opening-story" not in driss.get(narrowed).text
    assert "opening-story" not in amina.get("/?unread=1").text
    for word in ("أغبالة", "Aghbala"):
        amina.post("/following/words", word=word)
    assert "أغبالة" not in amina.get("/").text


def test_stories_stay_stories_when_they_are_narrowed(amina: Browser, driss: Browser) -> None:
    page = amina.get("/?source=source-0").text
    assert 'href="/stories/4"' in page
    assert "مصرع أربعة" in page
    amina.post("/entries/read", ids="7", on="1")
    unread = amina.get("/?unread=1").text
    assert 'data-ids="4 5 6 7" data-place="6"' in unread
    assert 'href="/?view=entries&amp;unread=1"' in unread
    amina.post("/stories/4/read", on="1")
    assert 'href="/stories/4"' not in amina.get("/?unread=1").text
    api = amina.get("/api/v1/stories?unread=1").json["stories"]
    assert [story["id"] for story in api] == [3, 1]
    assert driss.get("/api/v1/stories?unread=1").status_code == 401
    source = driss.get("/api/v1/stories?source=source-3").json["stories"]
    assert [story["id"] for story in source] == [4]


def test_marking_a_card_marks_all_entries_of_its_story(amina: Browser) -> None:
    assert 'data-story="4"' in amina.get("/").text
    assert amina.post("/entries/read", ids="7", stories="4", on="1").status_code == 303
    listed = amina.get("/api/v1/entries?limit=10").json["entries"]
    assert {entry["id"] for entry in listed if entry["read"]} == {4, 5, 6, 7}
    assert amina.post("/entries/read", ids="7", stories="x", on="1").status_code == 400


def test_my_news_shows_stories_with_who_of_mine_told_them(amina: Browser) -> None:
    for number in (0, 3):
        amina.post(f"/sources/source-{number}/follow", on="1")
    page = amina.get("/mine").text
    told_by = re.search(r'<p class="told">(.*?)</p>', page, re.DOTALL)
    assert told_by
    assert "من مصادركم:" in told_by[1]
    assert [f"جريدة {number}" in told_by[1] for number in range(4)] == [True, False, False, True]
    assert page.count('data-story="4"') == 1
    assert 'href="/mine?view=entries"' in page
    entries = amina.get("/mine?view=entries").text
    assert "data-story" not in entries
    assert "Aghbala" in entries
    french = amina.client.get("/mine", headers={"Accept-Language": "fr"}).text
    assert "Aghbala" in french
    assert "Aghbala" not in page
