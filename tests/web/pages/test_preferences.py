"""Choosing how pages look, as a visitor and as a reader."""

from __future__ import annotations

from typing import get_args

import pytest
from flask import Flask

from aggregator.types import TextSize, Theme
from tests.web.browser import Browser

JSON = {"Accept": "application/json"}
GROUNDS = {"light": "#faf8f3", "dark": "#11151f", "sepia": "#f3ead6"}


def look(browser: Browser) -> tuple[str, str]:
    page = browser.get("/entries/1").text
    head = page.split("<head>")[0]
    return head.split('data-theme="')[1].split('"')[0], head.split('data-size="')[1].split('"')[0]


@pytest.mark.parametrize("theme", get_args(Theme))
@pytest.mark.parametrize("size", get_args(TextSize))
def test_each_look(driss: Browser, theme: str, size: str) -> None:
    answer = driss.client.post("/preferences", data={"theme": theme, "size": size})
    assert (answer.status_code, answer.location) == (303, "/")
    assert look(driss) == (theme, size)
    page = driss.get("/").text
    for name, colour in GROUNDS.items():
        shown = theme == name or (theme == "system" and name != "sepia")
        assert (f'content="{colour}"' in page) == shown
    scheme = {"system": "light dark", "sepia": "light"}.get(theme, theme)
    assert f'<meta name="color-scheme" content="{scheme}">' in page


def test_a_visitors_choice_is_a_cookie(driss: Browser) -> None:
    assert "Set-Cookie" not in driss.get("/").headers
    answer = driss.client.post("/preferences", data={"theme": "dark", "next": "/sources"})
    assert answer.location == "/sources"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("marsad_view=theme=dark;")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Set-Cookie" not in driss.get("/").headers
    driss.client.post("/preferences", data={"theme": "system"})
    assert driss.cookie("marsad_view") is None


def test_a_readers_choice_goes_where_they_go(app: Flask, amina: Browser) -> None:
    amina.post("/preferences", theme="sepia", size="large")
    assert look(amina) == ("sepia", "large")
    elsewhere = Browser(app)
    elsewhere.client.post("/preferences", data={"theme": "dark"})
    elsewhere.sign_in("Amina")
    assert look(elsewhere) == ("sepia", "large")
    other = Browser(app)
    other.sign_in("Brahim")
    assert look(other) == ("system", "normal")


def test_signing_in_takes_the_visitors_choice_along(app: Flask, driss: Browser) -> None:
    driss.client.post("/preferences", data={"theme": "dark", "size": "huge"})
    driss.sign_in("Amina")
    assert look(driss) == ("dark", "huge")
    elsewhere = Browser(app)
    elsewhere.sign_in("Amina")
    assert look(elsewhere) == ("dark", "huge")
    driss.post("/preferences", theme="sepia")
    driss.post("/logout")
    assert look(driss) == ("sepia", "huge")


@pytest.mark.parametrize(
    "fields",
    [{"theme": "blue"}, {"size": ""}, {"images": "yes"}, {"density": "x" * 9999},
     {"read_on_scroll": "\0"}, {"theme": "dark", "size": "9"}],
)  # fmt: skip
def test_what_does_not_exist_is_said(
    driss: Browser, amina: Browser, fields: dict[str, str]
) -> None:
    answer = driss.client.post("/preferences", data=fields, headers={"Accept-Language": "fr"})
    assert answer.status_code == 400
    assert "Ce choix n’est pas disponible." in answer.text
    assert amina.post("/preferences", **fields).status_code == 400
    assert look(driss) == look(amina) == ("system", "normal")


@pytest.mark.parametrize("cookie", ["theme=blue", "x" * 4000, "theme=dark.size=", "%00", "=.=.="])
def test_a_cookie_that_is_damaged(driss: Browser, cookie: str) -> None:
    driss.client.set_cookie("marsad_view", cookie)
    assert look(driss) in (("system", "normal"), ("dark", "normal"))


def test_programs_get_json(driss: Browser, amina: Browser) -> None:
    fields = {"images": "0"}
    answer = driss.client.post("/preferences", data=fields, headers=JSON)
    assert answer.json
    assert answer.json["preferences"] == {
        "density": "magazine", "images": False, "theme": "system", "size": "normal",
        "read_on_scroll": False, "languages": "", "search_order": "blend",
    }  # fmt: skip
    assert answer.json["message"] == "حُفظ اختياركم."
    token = {"X-CSRFToken": amina.form_token()}
    answer = amina.client.post("/preferences", data=fields, headers=JSON | token)
    assert answer.status_code == 200
    for browser in (driss, amina):
        answer = browser.client.post("/preferences", data={"size": "7"}, headers=JSON | token)
        assert answer.status_code == 400
        assert answer.json == {"error": {"code": "preference", "message": "هذا الاختيار غير متاح."}}


def test_a_box_after_a_hidden_zero(driss: Browser) -> None:
    driss.client.post("/preferences", data={"images": "0"})
    driss.client.post("/preferences", data={"images": ["0", "1"]})
    assert driss.cookie("marsad_view") is None


def test_other_sites_change_nothing(driss: Browser, amina: Browser) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = driss.client.post("/preferences", data={"theme": "dark"}, headers=foreign)
    assert answer.status_code == 400
    assert amina.client.post("/preferences", data={"theme": "dark"}).status_code == 400
    own = {"Sec-Fetch-Site": "same-origin"}
    assert driss.client.post("/preferences", data={"theme": "dark"}, headers=own).location == "/"
    answer = driss.client.post("/preferences", data={"theme": "dark", "next": "//evil.test"})
    assert answer.location == "/"


def test_the_form_needs_no_script_and_shows_what_is_chosen(driss: Browser) -> None:
    driss.client.post("/preferences", data={"theme": "sepia"})
    page = driss.get("/entries/1?in=source&source=hespress").text
    assert 'method="post" action="/preferences">' in page
    assert "csrf_token" not in page
    assert 'name="next" value="/entries/1?in=source&amp;source=hespress"' in page
    assert page.count('aria-pressed="true"') == 4
    assert 'value="sepia" aria-pressed="true"' in page
