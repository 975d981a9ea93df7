"""Stories in the languages of their readers."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import update

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from tests.web.browser import Browser
from web.pages import pictures
from web.presentation.drawing import Card

pytestmark = pytest.mark.usefixtures("told")

# The id of the story: entries 1 to 3 are in the newsroom already.
STORY = 4
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


@pytest.mark.parametrize("address", ["/front.json", f"/stories/{STORY}.json"])
def test_feeds_are_in_the_language_of_their_address(driss: Browser, address: str) -> None:
    for language, title in (("fr", "Aghbala : quatre morts"), ("ar", "فاجعة أغبالة")):
        document = driss.get(f"{address}?hl={language}").get_json(force=True)
        titles = (document["title"], document["items"][0]["title"])
        assert titles["front" in address].startswith(title)


def test_the_picture_to_share_has_the_headline_of_the_page(
    driss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Card] = []
    monkeypatch.setattr(pictures, "draw", lambda card: drawn.append(card) or b"PNG")
    for language in ("fr", "ar"):
        assert driss.get(f"/pictures/stories/{STORY}.png?hl={language}").status_code == 200
    assert [card.language for card in drawn] == ["fr", "ar"]
    assert drawn[0].headline.startswith("Aghbala : quatre morts")
