"""Stories that a reader follows: what is new, what is listed, what was renamed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from aggregator.storage.engine import Database
from aggregator.storage.models import StoryFollow
from tests.stories import FOUR
from tests.web.browser import Browser
from tests.web.pages.telling import tell

pytestmark = pytest.mark.usefixtures("told")


def test_a_reader_follows_a_story_and_sees_what_is_new(
    amina: Browser, driss: Browser, newsroom: Database
) -> None:
    assert amina.post("/stories/4/follow", on="1").status_code == 303
    assert "منذ زيارتكم" not in amina.get("/stories/4").text
    tell(newsroom, replace(FOUR[1], guid="late"), "late", name="المتأخرة", position=20)
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
    tell(newsroom, replace(FOUR[1], guid="late"), "late", name="المتأخرة", position=20)
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
