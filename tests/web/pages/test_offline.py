"""The site as an app, and what browsers keep of it."""

from __future__ import annotations

import struct

import pytest

from tests.web.browser import Browser


@pytest.mark.parametrize(
    ("language", "name", "direction"), [("ar", "مرصد", "rtl"), ("fr", "Marsad", "ltr")]
)
def test_the_manifest_speaks_the_readers_language(
    driss: Browser, language: str, name: str, direction: str
) -> None:
    answer = driss.get("/manifest.webmanifest", headers={"Accept-Language": language})
    assert answer.mimetype == "application/manifest+json"
    manifest = answer.get_json(force=True)
    assert (manifest["name"], manifest["dir"], manifest["lang"]) == (name, direction, language)
    assert manifest["start_url"] == manifest["scope"] == "/"


def test_icons_are_as_large_as_the_manifest_says(driss: Browser) -> None:
    icons = driss.get("/manifest.webmanifest").get_json(force=True)["icons"]
    assert {icon["purpose"] for icon in icons} == {"any", "maskable"}
    for icon in icons:
        answer = driss.get(icon["src"])
        assert answer.mimetype == icon["type"]
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", answer.data[16:24])
            assert f"{width}x{height}" == icon["sizes"]


@pytest.mark.parametrize("address", ["/offline", "/offline?missing=1"])
def test_the_offline_page_names_nobody(amina: Browser, address: str) -> None:
    answer = amina.get(address)
    assert "Amina" not in answer.text
    assert "data-signed-in" not in answer.text
    assert "private" not in answer.headers["Cache-Control"]


def test_only_what_stands_in_for_a_page_says_that_there_is_no_network(driss: Browser) -> None:
    opened = driss.get("/offline?hl=en").text
    assert "<h1>Offline reading</h1>" in opened
    assert "You are offline" not in opened
    instead = driss.get("/offline?missing=1&hl=en").text
    assert "<h1>Offline</h1>" in instead
    assert "You are offline" in instead


def test_only_who_is_signed_in_gets_a_token_for_what_waited(amina: Browser, driss: Browser) -> None:
    answer = amina.get("/session/token")
    assert answer.headers["Cache-Control"] == "private, no-store"
    headers = {"X-CSRFToken": answer.get_json()["token"], "Accept": "application/json"}
    sent = amina.client.post("/entries/1/star", data={"on": 1}, headers=headers)
    assert sent.get_json()["starred"] is True
    assert driss.get("/session/token").status_code == 401
