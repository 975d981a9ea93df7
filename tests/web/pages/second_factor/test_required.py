"""Roles that need a second factor."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from aggregator.config import Settings, SignInSettings, WebSettings
from aggregator.services.accounts import accounts, api_tokens
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.web.browser import Browser
from tests.web.pages.second_factor.factors import (
    PAGE,
    SITE,
    a_device,
    add_passkey,
    set_up_app,
    somebody,
    use_passkey,
)
from web import create_app


@pytest.fixture
def strict(make_strict: Callable[..., Flask]) -> Flask:
    """A site whose operators need a second factor."""
    return make_strict("operator")


@pytest.fixture
def make_strict(newsroom: Database) -> Callable[..., Flask]:
    """A site whose `roles` need a second factor."""

    def make(*roles: str) -> Flask:
        settings = Settings(
            web=WebSettings(base_url=SITE),
            sign_in=SignInSettings.model_validate({"require_second_factor": list(roles)}),
        )
        app = create_app(settings, newsroom, FAST_PASSWORDS)
        app.testing = True
        return app

    return make


@pytest.mark.parametrize("path", ["/", "/account", "/operate", "/metrics", "/mine", "/nowhere"])
def test_without_a_second_factor_there_is_only_setting_one_up(strict: Flask, path: str) -> None:
    chaimae = Browser(strict)
    chaimae.sign_in("Chaimae")
    answer = chaimae.get(path)
    assert (answer.status_code, answer.location) in ((303, PAGE), (403, None))
    assert chaimae.get(PAGE).status_code == 200
    assert chaimae.post("/operate/feeds/1/poll").location == PAGE
    assert chaimae.client.get("/static/logo.svg").status_code == 200


def test_an_app_or_a_passkey_opens_the_rest(strict: Flask) -> None:
    chaimae = somebody(strict, "Chaimae")
    set_up_app(chaimae)
    assert chaimae.get("/operate").status_code == 200
    assert chaimae.post(f"{PAGE}/app/remove").status_code == 400  # the last one
    add_passkey(chaimae, a_device())
    assert chaimae.post(f"{PAGE}/app/remove").status_code == 303
    assert chaimae.post(f"{PAGE}/passkeys/revoke", passkey="1").status_code == 400
    assert chaimae.get("/operate").status_code == 200


def test_with_a_passkey_only_the_password_is_not_enough(strict: Flask) -> None:
    chaimae, device = somebody(strict, "Chaimae"), a_device()
    add_passkey(chaimae, device)
    codes = re.search(r"<code>([a-z0-9\n-]+)</code>", chaimae.post(f"{PAGE}/codes").text)
    assert codes
    browser = Browser(strict)
    assert browser.sign_in("Chaimae").location == "/login/code?next=/"
    assert "passkey/options" in browser.get("/login/code").text
    assert use_passkey(browser, device).status_code == 303
    assert browser.get("/operate").status_code == 200
    without = Browser(strict)
    without.sign_in("Chaimae")
    assert without.post("/login/code", code=codes[1].split("\n")[0]).status_code == 303
    assert without.get("/operate").status_code == 200


def test_others_sign_in_as_before(strict: Flask) -> None:
    amina = Browser(strict)
    assert amina.sign_in("Amina").location == "/"
    assert amina.get("/mine").status_code == 200


def test_a_session_from_before_the_rule_signs_in_again(
    site: Flask, make_strict: Callable[..., Flask]
) -> None:
    chaimae = somebody(site, "Chaimae")
    old = Browser(site)
    old.sign_in("Chaimae")
    add_passkey(chaimae, a_device())
    later = Browser(make_strict("operator", "editor"))
    cookie = old.cookie("__Host-marsad_session")
    assert cookie
    later.client.set_cookie("__Host-marsad_session", cookie, secure=True)
    assert later.get("/operate").location == PAGE
    page = later.get(PAGE, headers={"Accept-Language": "en"}).text
    assert "opened with the password alone" in page
    assert f"{PAGE}/confirm" not in page


def test_programs_with_tokens_are_not_asked(strict: Flask, newsroom: Database) -> None:
    with newsroom.write() as session:
        owner = accounts.find(session, "Chaimae")
        token = api_tokens.create_token(session, owner, "script", datetime.now(UTC))
    client = strict.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/entries", headers=headers).status_code == 200
    chaimae = Browser(strict)
    chaimae.sign_in("Chaimae")
    answer = chaimae.get("/api/v1/entries")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "second_factor")
