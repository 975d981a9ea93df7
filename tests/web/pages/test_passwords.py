"""Forgotten passwords: what the sign-in page says, and an operator's link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from queue import Empty, Queue

import pytest
from flask import Flask

from tests.web.browser import PASSWORD, Browser
from web.state import set_state, state_of

ENGLISH = {"Accept-Language": "en"}
NEW = "three olive trees"


@dataclass
class FakeMailer:
    """Keeps what it is given to send."""

    sent: Queue[tuple[str, str]] = field(default_factory=Queue)

    def send(self, to: str, subject: str, text: str) -> None:
        """Keep a text."""
        self.sent.put((to, text))


@pytest.fixture
def mailer(app: Flask) -> FakeMailer:
    """Mail is configured."""
    fake = FakeMailer()
    set_state(app, replace(state_of(app), mailer=fake))
    return fake


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


def ask(browser: Browser, name: str) -> str:
    """Ask for a link; the page, without the token of its form."""
    with browser.post("/forgot", name=name) as response:  # mail is sent once it is closed
        return re.sub(r'value="[^"]{40,}"', "", response.text)


def test_a_link_is_mailed_to_who_gave_an_address(
    mailer: FakeMailer, amina: Browser, driss: Browser
) -> None:
    assert amina.post("/account/email", email="amina@example.org", password="x").status_code == 401
    saved = amina.post("/account/email", email="amina@example.org", password=PASSWORD)
    assert saved.headers["Location"] == "/account?saved=email"
    assert 'value="amina@example.org"' in amina.get("/account").text
    known = ask(driss, "amina")
    to, text = mailer.sent.get(timeout=10)
    assert to == "amina@example.org"
    found = re.search(r"http://[^/]+(/password/[\w-]+)", text)
    assert found
    assert ask(driss, "nobody") == ask(driss, "Brahim") == known
    with pytest.raises(Empty):
        mailer.sent.get(timeout=0.2)
    assert driss.post(found[1], password=NEW, repeat=NEW).headers["Location"] == "/login"


def test_requests_are_limited_for_unknown_names_as_well(mailer: FakeMailer, driss: Browser) -> None:
    for _ in range(3):
        assert driss.post("/forgot", name="nobody").status_code == 200
    assert driss.post("/forgot", name="nobody").status_code == 429


def test_without_mail_there_is_no_form(driss: Browser, amina: Browser) -> None:
    assert '<form class="stack"' not in driss.get("/forgot").text
    assert 'id="email"' not in amina.get("/account").text
