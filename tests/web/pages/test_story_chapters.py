"""The chapters of a long story."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from aggregator.storage.engine import Database
from aggregator.storage.models import StoryFollow
from aggregator.storage.stories import write as story_storage
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries
from tests.web.browser import Browser

pytestmark = pytest.mark.usefixtures("told")


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
