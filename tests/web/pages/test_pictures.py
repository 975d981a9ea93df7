"""Pictures of pages: only of what exists, only for who may read, drawn once."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from web.pages import pictures
from web.presentation.drawing import MAX_BYTES, Card
from web.state import state_of

ADDRESSES = (
    "/pictures/site.png", "/pictures/entries/1.png", "/pictures/stories/1.png",
    "/pictures/sources/hespress.png",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_picture_that_other_sites_may_show(driss: Browser, address: str) -> None:
    answer = driss.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert 1000 < len(answer.data) <= MAX_BYTES
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    again = driss.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["entries/99", "stories/99", "sources/none", "topics/none", "x"])
def test_only_what_exists_is_drawn(driss: Browser, name: str) -> None:
    assert driss.get(f"/pictures/{name}.png").status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_shows_where_reading_is_not_public(make_app: MakeApp, address: str) -> None:
    answer = Browser(make_app(public_reading=False)).get(address)
    assert answer.status_code == 303
    assert answer.location.startswith("/login")


def test_each_is_drawn_once_whatever_its_address_says(
    driss: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Card] = []
    monkeypatch.setattr(pictures, "draw", lambda card: drawn.append(card) or b"PNG")
    for query in ("", "?v=1", "?v=2&hl=ar", "?x=3"):
        assert driss.get(f"/pictures/entries/1.png{query}").status_code == 200
    assert len(drawn) == 1
    assert len(state_of(app).caches.pictures) == 1


def test_drawing_is_limited_as_searching_is(
    driss: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    state_of(app).search_shares.use("127.0.0.1", 1000)
    assert driss.get("/pictures/entries/1.png").status_code == 429


def test_an_icon_stands_in_for_what_cannot_be_drawn(
    driss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "draw", lambda card: None)
    answer = driss.get("/pictures/entries/1.png")
    assert answer.status_code == 302
    assert driss.get(answer.location).mimetype == "image/png"
