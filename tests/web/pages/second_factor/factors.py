"""How a reader's browser sets up a second factor, and uses it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
from flask import Flask
from werkzeug.test import TestResponse

from tests.authenticator import Authenticator
from tests.web.browser import PASSWORD, Browser

PAGE = "/account/second-factor"
SITE = "https://news.example"
HEADERS = {"Accept": "application/json"}


def somebody(app: Flask, name: str = "Amina") -> Browser:
    """A reader who has signed in and confirmed the password."""
    browser = Browser(app)
    assert browser.sign_in(name).status_code == 303
    assert browser.post(f"{PAGE}/confirm", password=PASSWORD).status_code == 303
    return browser


def options(browser: Browser, path: str) -> dict[str, Any]:
    fields = {"csrf_token": browser.form_token()}
    answer = browser.client.post(f"{path}/options", data=fields, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def add_passkey(browser: Browser, device: Authenticator, name: str = "هاتف") -> TestResponse:
    asked = options(browser, f"{PAGE}/passkeys")
    made = device.create(asked["publicKey"])
    return browser.post(f"{PAGE}/passkeys", answer=made, challenge=asked["challenge"], name=name)


def use_passkey(browser: Browser, device: Authenticator, **fields: str) -> TestResponse:
    asked = options(browser, "/login/passkey")
    values = {"answer": device.get(asked["publicKey"]), "challenge": asked["challenge"]}
    return browser.post("/login/passkey", **(values | fields))


def a_device() -> Authenticator:
    return Authenticator(SITE, "news.example")


def set_up_app(browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Turn an authenticator app on; what it computes, and the recovery codes."""
    assert browser.post(f"{PAGE}/app").status_code == 303
    shown = re.search(r"<code>([A-Z2-7 ]{32,})</code>", browser.get(PAGE).text)
    assert shown
    totp = pyotp.TOTP(shown[1].replace(" ", ""))
    answer = browser.post(f"{PAGE}/app/confirm", code=totp.now())
    assert answer.status_code == 200, answer.text
    codes = re.search(r"<code>([a-z0-9\n-]+)</code>", answer.text)
    assert codes
    return totp, codes[1].split("\n")


def next_code(totp: pyotp.TOTP) -> str:
    """The code of the next step, which counts already, as clocks differ."""
    return totp.at(datetime.now(UTC) + timedelta(seconds=30))


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200
