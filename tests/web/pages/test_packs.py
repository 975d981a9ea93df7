"""Packs on pages: offered, followed with one click, undone."""

from __future__ import annotations

import re

import pytest

from aggregator.config import Settings, parse
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS, make_entry, make_feed, make_source
from tests.web.browser import Browser
from web import create_app

CONFIG = """
[[source]]
slug = "medias24"
name = "Medias24"
feeds = [ { url = "https://m.example/feed" } ]

[[pack]]
slug = "business"
name = { ar = "المال والأعمال", fr = "Affaires", en = "Business" }
sources = [ "medias24" ]
"""
FRENCH = {"Accept-Language": "fr"}


@pytest.fixture(autouse=True)
def press(newsroom: Database) -> None:
    """Three French sources of Morocco that write of economy alone."""
    with newsroom.write() as session:
        for number in range(3):
            source = make_source(
                session, f"eco-{number}", name=f"Éco {number}", language="fr", position=9 + number
            )
            feed = make_feed(session, source, f"https://{number}.example/feed", section="economy")
            make_entry(session, feed, f"Les marchés {number}", age=1, language="fr")


def undo_fields(page: str) -> dict[str, str]:
    """The form of the message that undoes something."""
    form = re.search(
        r'<form method="post" action="/following/packs/[^"]+">(.*?)</form>', page, re.S
    )
    assert form
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))


@pytest.mark.parametrize("address", ["/mine", "/following"])
def test_packs_are_offered_in_the_language_of_the_page(amina: Browser, address: str) -> None:
    french = amina.client.get(address, headers=FRENCH).text
    assert "L’économie, en français" in french
    assert "La presse marocaine en français" in french
    assert 'action="/following/packs/economy-fr"' in french
    assert "الاقتصاد بالفرنسية" in amina.get(address).text


def test_one_click_brings_news_and_can_be_undone(amina: Browser) -> None:
    answer = amina.post("/following/packs/economy-fr", on="1")
    assert (answer.status_code, answer.location) == (303, "/mine")
    page = amina.get("/mine").text
    assert "أضيفت 3 عناصر إلى ما تتابعونه." in page
    assert all(f"Les marchés {number}" in page for number in range(3))
    undo = undo_fields(page)
    assert len(undo["sources"].split()) == 3
    amina.post("/following/packs/economy-fr", **undo)
    empty = amina.get("/mine").text
    assert "Les marchés" not in empty
    assert 'action="/following/packs/economy-fr"' in empty


def test_a_pack_that_is_followed_is_not_offered_again(amina: Browser) -> None:
    amina.post("/following/packs/economy-fr", on="1")
    assert "/following/packs/economy-fr" not in amina.get("/following").text.partition("<main")[0]
    amina.get("/mine")  # takes the message with its form
    assert 'action="/following/packs/economy-fr"' not in amina.get("/following").text
    amina.post("/following/packs/economy-fr", on="1")
    assert "تتابعون كل ما في" in amina.get("/mine").text


@pytest.mark.parametrize(
    "form", [{"on": "2"}, {}, {"on": "0", "sources": "1,2"}, {"on": "0", "topics": "x"}]
)
def test_what_no_form_sends(amina: Browser, form: dict[str, str]) -> None:
    assert amina.post("/following/packs/economy-fr", **form).status_code == 400


def test_undoing_touches_nobody_else(amina: Browser, brahim: Browser) -> None:
    amina.post("/following/packs/economy-fr", on="1")
    ids = undo_fields(amina.get("/mine").text)["sources"]
    brahim.post("/following/packs/economy-fr", on="0", sources=ids, topics="")
    assert "Les marchés 0" in amina.get("/mine").text


def test_a_pack_of_the_configuration(newsroom: Database) -> None:
    settings: Settings = parse(CONFIG, "config.toml", {})
    amina = Browser(create_app(settings, newsroom, FAST_PASSWORDS))
    amina.sign_in("Amina")
    page = amina.get("/mine").text
    assert "المال والأعمال" in page
    assert "economy-fr" not in page
    assert amina.post("/following/packs/economy-fr", on="1").status_code == 404
    amina.post("/following/packs/business", on="1")
    assert "Les barrages &lt;remplis&gt;" in amina.get("/mine").text
