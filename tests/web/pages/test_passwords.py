"""Forgotten passwords: what the sign-in page says, and an operator's link."""

from __future__ import annotations

import re

from tests.web.browser import Browser

ENGLISH = {"Accept-Language": "en"}
NEW = "three olive trees"


def made_link(chaimae: Browser, user_id: int) -> str:
    """The path of a link that Chaimae makes."""
    response = chaimae.post(f"/operate/people/{user_id}/password-link")
    assert response.headers["Cache-Control"] == "private, no-store"
    found = re.search(r"http://[^/]+(/password/[\w-]+)", response.text)
    assert found
    return found[1]


def test_the_sign_in_page_says_what_to_do(driss: Browser) -> None:
    assert 'href="/forgot"' in driss.get("/login").text
    assert "Ask the site’s administrator" in driss.get("/forgot", headers=ENGLISH).text


def test_an_operators_link_sets_a_password_once(
    chaimae: Browser, driss: Browser, amina: Browser
) -> None:
    path = made_link(chaimae, 1)
    page = driss.get(path, headers=ENGLISH)
    assert "<bdi>Amina</bdi>" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    wrong = driss.post(path, password=NEW, repeat="another")
    assert (wrong.status_code, 'name="repeat"' in wrong.text) == (400, True)
    assert driss.post(path, password=NEW, repeat=NEW).headers["Location"] == "/login"
    assert driss.get(path).status_code == 404
    assert amina.get("/account").status_code == 303  # signed out
    assert driss.sign_in("Amina", NEW).status_code == 303
