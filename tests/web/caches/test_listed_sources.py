"""The page of all sources: made twice a minute, with the buttons of each reader."""

from __future__ import annotations

import re

import pytest

from aggregator.storage.engine import Database
from tests.builders import make_entry, make_feed, make_source
from tests.web.browser import Browser

CHOICE = re.compile(r'action="/sources/([a-z0-9-]+)/follow">.*?name="on" value="(\d)"', re.S)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def choices(browser: Browser) -> dict[str, str]:
    return dict(CHOICE.findall(browser.get("/sources").text))


@pytest.mark.usefixtures("newsroom")
def test_each_reader_has_their_own_buttons(driss: Browser, amina: Browser, brahim: Browser) -> None:
    assert choices(driss) == {}
    assert set(choices(brahim).values()) == {"1"}
    amina.post("/sources/medias24/follow", on="1")
    assert choices(amina)["medias24"] == "0"
    assert choices(amina)["hespress"] == "1"
    assert choices(brahim)["medias24"] == "1"
    tokens = [set(TOKEN.findall(each.get("/sources").text)) for each in (amina, brahim)]
    assert tokens[0]
    assert tokens[1]
    assert not tokens[0] & tokens[1]
    assert "\x00" not in driss.get("/sources").text + amina.get("/sources").text


def test_details_are_for_operators(driss: Browser, amina: Browser, chaimae: Browser) -> None:
    assert "/operate/feeds/" in chaimae.get("/sources").text
    assert "/operate/feeds/" not in amina.get("/sources").text + driss.get("/sources").text


def test_the_list_is_renewed_twice_a_minute(
    driss: Browser, newsroom: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.caches.ttl.time.monotonic", lambda: now)
    now = 100.0
    assert "/sources/lemonde-dz" not in driss.get("/sources").text
    with newsroom.write() as session:
        source = make_source(session, "lemonde-dz", country="DZ")
        make_entry(session, make_feed(session, source, "https://d.example/feed"), "خبر")
    now = 129.0
    assert "/sources/lemonde-dz" not in driss.get("/sources").text
    now = 131.0
    assert "/sources/lemonde-dz" in driss.get("/sources").text
    driss.get("/language/fr")
    assert 'lang="fr"' in driss.get("/sources").text
