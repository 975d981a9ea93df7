"""Pages of stories: the front page, the timeline, what readers and editors do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from aggregator.process.analysis.story_features import story_features
from aggregator.services.ingest import assign_stories
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, StoryFollow
from aggregator.storage.stories import write as story_storage
from aggregator.types import UnplacedEntry
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries
from tests.stories import FOUR, OWN
from tests.web.browser import Browser
from tests.web.conftest import MakeApp

# The id of the story: entries 1 to 3 are in the newsroom already.
STORY = 4


@pytest.fixture(autouse=True)
def told(newsroom: Database) -> None:
    """One event, told by four sources that come after those of the newsroom."""
    for number, entry in enumerate(FOUR):
        with newsroom.write_exclusive() as session:
            source = make_source(
                session, f"source-{number}", name=f"جريدة {number}", position=9 + number,
                language=entry.language, ownership="public" if number == 0 else None,
            )  # fmt: skip
            feed = make_feed(session, source, f"https://{number}.example/feed")
            (id_,) = store_entries(session, feed, entry)
            assign_stories.assign_stories(session, [UnplacedEntry(id_, entry.story)])


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
    assert ">MAP<" in page
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


def test_a_reader_follows_a_story_and_sees_what_is_new(
    amina: Browser, driss: Browser, newsroom: Database
) -> None:
    assert amina.post("/stories/4/follow", on="1").status_code == 303
    assert "منذ زيارتكم" not in amina.get("/stories/4").text
    with newsroom.write_exclusive() as session:
        source = make_source(session, "late", name="المتأخرة", position=20)
        late = replace(FOUR[1], guid="late")
        (id_,) = store_entries(session, make_feed(session, source, "https://late.example"), late)
        assign_stories.assign_stories(session, [UnplacedEntry(id_, late.story)])
    fetched_ahead = amina.get("/stories/4", headers={"Purpose": "prefetch"}).text
    assert "مقال جديد منذ زيارتكم الأخيرة" in fetched_ahead
    assert "مقال جديد منذ زيارتكم الأخيرة" in amina.get("/stories/4").text
    assert "منذ زيارتكم" not in amina.get("/stories/4").text
    assert "متابعة" not in driss.get("/stories/4").text
    amina.post("/stories/4/follow", on="0")
    assert "متابعة الحدث" in amina.get("/stories/4").text


def test_followed_stories_are_listed_with_what_is_new(
    amina: Browser, brahim: Browser, driss: Browser, newsroom: Database
) -> None:
    assert "أحداث أتابعها" not in amina.get("/following").text
    amina.post("/stories/4/follow", on="1")
    assert "كل الأحداث التي أتابعها" in amina.get("/stories/4").text
    with newsroom.write_exclusive() as session:
        source = make_source(session, "late", name="المتأخرة", position=20)
        late = replace(FOUR[1], guid="late")
        (id_,) = store_entries(session, make_feed(session, source, "https://late.example"), late)
        assign_stories.assign_stories(session, [UnplacedEntry(id_, late.story)])
    for address in ("/following", "/mine"):
        page = amina.get(address).text
        listed = page[page.index("أحداث أتابعها") :]
        assert re.search(
            r'href="/stories/4"[^>]*>فاجعة أغبالة[^<]*</a> <b class="count"[^>]*>1<', listed
        )
    amina.get("/stories/4")
    assert re.search(r'</a> <b class="count"></b>', amina.get("/following").text)
    assert "أحداث أتابعها" not in brahim.get("/following").text
    assert driss.get("/following").status_code == 303
    amina.post("/stories/4/follow", on="0")
    assert "أحداث أتابعها" not in amina.get("/mine").text


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


def test_marking_a_story_marks_its_entries_and_can_be_taken_back(amina: Browser) -> None:
    assert amina.post("/stories/4/read", on="1").status_code == 303
    listed = amina.get("/api/v1/entries?limit=10").json["entries"]
    assert {entry["id"] for entry in listed if entry["read"]} == {4, 5, 6, 7}
    assert re.search(r'<article class="entry[^"]* read" id="e5"', amina.get("/").text)


def test_editors_split_and_merge_and_old_numbers_lead_on(brahim: Browser) -> None:
    assert brahim.post("/stories/4/split", ids="7").location == "/stories/7"
    assert "3 مصادر" in brahim.get("/stories/4").text
    assert "Aghbala" in brahim.get("/stories/7").text
    merged = brahim.post("/stories/7/merge", other="http://localhost/stories/4")
    assert merged.location == "/stories/4"
    assert (brahim.get("/stories/7").status_code, brahim.get("/stories/7").location) == (
        301,
        "/stories/4",
    )
    api = brahim.get("/api/v1/stories/7")
    assert (api.status_code, api.location) == (301, "/api/v1/stories/4")
    for wrong in ({"ids": "99"}, {"ids": "x"}, {}):
        assert brahim.post("/stories/4/split", **wrong).status_code == 400
    assert brahim.post("/stories/4/merge", other="4").status_code == 400
    assert brahim.post("/stories/4/merge", other="nothing").status_code == 400


def test_editors_are_shown_the_stories_nearest_to_one(brahim: Browser, amina: Browser) -> None:
    near = 'name="other" value="7"'
    assert near not in brahim.get("/stories/4").text
    brahim.post("/stories/4/split", ids="7")
    page = brahim.get("/stories/4").text
    assert near in page
    assert "Aghbala" in page[page.index("أحداث ذات صلة") :]
    assert 'name="other" value="3"' not in page
    assert near not in amina.get("/stories/4").text
    brahim.post("/stories/4/merge", other="7")
    assert near not in brahim.get("/stories/4").text


def test_each_role(make_app: MakeApp) -> None:
    app = make_app()
    people = [Browser(app) for _ in range(4)]
    for person, name in zip(people, ("Amina", "Brahim", "Chaimae"), strict=False):
        person.sign_in(name)
    forms = {
        "/stories/4/follow": (303, 303, 303, 403),
        "/stories/4/read": (303, 303, 303, 403),
        "/stories/4/split": (403, 400, 400, 403),
        "/stories/4/merge": (403, 400, 400, 403),
    }
    found = {path: tuple(each.post(path, on="1").status_code for each in people) for path in forms}
    assert found == forms
    assert "تحرير الحدث" not in people[0].get("/stories/4").text
    assert "تحرير الحدث" in people[1].get("/stories/4").text


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


def test_marking_a_card_marks_all_entries_of_its_story(amina: Browser) -> None:
    assert 'data-story="4"' in amina.get("/").text
    assert amina.post("/entries/read", ids="7", stories="4", on="1").status_code == 303
    listed = amina.get("/api/v1/entries?limit=10").json["entries"]
    assert {entry["id"] for entry in listed if entry["read"]} == {4, 5, 6, 7}
    assert amina.post("/entries/read", ids="7", stories="x", on="1").status_code == 400


@pytest.fixture
def long_story(newsroom: Database) -> list[int]:
    """A story of thirty entries: an attack in the morning, an inquiry in the evening."""
    with newsroom.write_exclusive() as session:
        feed = make_feed(session, make_source(session, "wire"), "https://wire.example/feed")
        ids = store_entries(
            session,
            feed,
            *(
                an_entry(
                    f"{'تفجير يهز المحطة' if number < 15 else 'توقيف مشتبه فيهما'} {number}",
                    guid=f"long-{number}",
                    published_at=NOW - timedelta(hours=20 if number < 15 else 2, minutes=-number),
                )
                for number in range(30)
            ),
        )
        rows = [
            {"entry_id": id_, "story_id": ids[0], "reprint_of": None, "agency": ""} for id_ in ids
        ]
        story_storage.assign_stories(session, rows)
        story_storage.refresh(session, {ids[0]})
    return ids


def test_a_long_story_has_chapters_and_only_the_last_is_open(
    driss: Browser, long_story: list[int]
) -> None:
    page = driss.get(f"/stories/{long_story[0]}").text
    opened = re.findall(r'<details class="chapter" id="c(\d+)"( open)?>', page)
    assert len(opened) >= 3
    assert [state for _, state in opened] == [""] * (len(opened) - 1) + [" open"]
    assert str(long_story[15]) in dict(opened)  # the inquiry begins a chapter
    assert all(f'id="e{id_}"' in page for id_ in long_story)
    assert "chapter" not in driss.get("/stories/4").text


def test_a_chapter_with_new_entries_is_open(
    amina: Browser, newsroom: Database, long_story: list[int]
) -> None:
    amina.post(f"/stories/{long_story[0]}/follow", on="1")
    with newsroom.write() as session:
        session.execute(update(StoryFollow).values(seen_up_to=min(long_story) - 1))
    page = amina.get(f"/stories/{long_story[0]}").text
    assert re.findall(r'<details class="chapter" id="c\d+"( open)?>', page).count("") == 0


def test_programs_get_the_chapters_of_a_story(driss: Browser, long_story: list[int]) -> None:
    found = driss.get(f"/api/v1/stories/{long_story[0]}").json["chapters"]
    assert [id_ for each in found for id_ in each["entry_ids"]] == long_story
    assert [each["entry_count"] for each in found] == [len(each["entry_ids"]) for each in found]
    assert found[0]["first_published_at"] < found[0]["last_published_at"]
    assert found[0]["title"].startswith("تفجير")
    assert found[-1]["title"].startswith("توقيف")
    assert driss.get("/api/v1/stories/4").json["chapters"] == []


def test_an_editor_splits_a_long_story_chapter_by_chapter(
    brahim: Browser, long_story: list[int]
) -> None:
    page = brahim.get(f"/stories/{long_story[0]}").text
    form = page.partition('/split">')[2].partition("</form>")[0]
    assert form.count("<details>") == page.count('<details class="chapter"')
    assert form.count('name="ids"') == len(long_story)


def test_a_copy_with_a_sentence_added_says_what_it_reprints(
    driss: Browser, newsroom: Database
) -> None:
    added = f"{OWN} وينتظر سكان المدينة نتائج التحقيق الذي باشره الدرك قبل يومين."
    with newsroom.write_exclusive() as session:
        feed = make_feed(session, make_source(session, "copier"), "https://copier.example/feed")
        copy = an_entry("عنوان آخر", text=added, story=story_features("عنوان آخر", added))
        (id_,) = store_entries(session, feed, copy)
        assign_stories.assign_stories(session, [UnplacedEntry(id_, copy.story)])
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


# --- in the reader's language ---------------------------------------------------------------------

PICTURES = ("https://0.example/ar.jpg", "https://3.example/fr.jpg")


def _picture(newsroom: Database) -> None:
    """Each article of the story has a picture."""
    with newsroom.write() as session:
        for number in range(4):
            address = PICTURES[number == 3]
            session.execute(
                update(Entry).where(Entry.id == STORY + number).values(image_url=address)
            )


def _page(browser: Browser, address: str, language: str) -> str:
    return browser.client.get(address, headers={"Accept-Language": language}).text


def test_pages_in_french_show_what_the_story_has_in_french(
    newsroom: Database, driss: Browser
) -> None:
    _picture(newsroom)
    arabic, french = PICTURES
    front = _page(driss, "/", "fr")
    assert "Aghbala : quatre morts" in front
    assert "فاجعة أغبالة" not in front
    assert (french in front, arabic in front) == (True, False)
    story = _page(driss, "/stories/4", "fr")
    assert re.search(r"<title>Aghbala : quatre morts[^<]*· Marsad</title>", story)
    assert re.search(r'<meta name="description" content="Quatre personnes', story)
    head, _, beside = story.partition('id="beside"')
    assert (french in head, arabic in head) == (True, False)
    assert "فاجعة أغبالة" in beside


def test_a_page_in_one_language_is_nobody_elses(newsroom: Database, driss: Browser) -> None:
    """Cards are rendered once for all readers: not across languages."""
    _picture(newsroom)
    for language, shown, other in (("fr", 1, 0), ("ar", 0, 1), ("fr", 1, 0)):
        page = _page(driss, "/", language)
        assert (PICTURES[shown] in page, PICTURES[other] in page) == (True, False)


def test_the_next_language_of_a_reader_is_asked_for_where_theirs_is_missing(
    app: Flask, driss: Browser, amina: Browser
) -> None:
    assert "فاجعة أغبالة" in _page(driss, "/", "en")
    for browser in (driss, amina):
        form = {"languages": ["fr", ""], "csrf_token": browser.form_token()}
        browser.client.post("/preferences", data=form)
        assert "Aghbala : quatre morts" in _page(browser, "/", "en")
        assert "Aghbala : quatre morts" in _page(browser, "/stories/4", "en").partition("</h1>")[0]
        assert "فاجعة أغبالة" in _page(browser, "/", "ar")
    assert "فاجعة أغبالة" in _page(Browser(app), "/", "en")
    assert '<option value="fr" selected>' in _page(amina, "/account", "en")


def test_a_followed_story_that_is_renamed_says_so(newsroom: Database, amina: Browser) -> None:
    amina.post("/stories/4/follow", on="1")
    with newsroom.write() as session:
        session.execute(update(StoryFollow).values(title="عنوان الأمس"))
    followed = amina.get("/following").text
    assert "عنوان الأمس</a>" in followed
    assert re.search(r"العنوان الآن: <bdi[^>]*>فاجعة أغبالة", followed)
    opened = amina.get("/stories/4").text
    assert "تتابعون هذا الخبر بعنوان: <bdi>عنوان الأمس</bdi>" in opened
    assert "عنوان الأمس" not in amina.get("/stories/4").text
    assert "عنوان الأمس" not in amina.get("/following").text


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
    assert "Aghbala" in _page(amina, "/mine", "fr")
    assert "Aghbala" not in page
