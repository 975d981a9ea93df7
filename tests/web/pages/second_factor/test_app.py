"""Authenticator app and recovery codes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask

from tests.web.browser import PASSWORD, Browser
from tests.web.pages.second_factor.factors import (
    HEADERS,
    PAGE,
    is_signed_in,
    next_code,
    set_up_app,
    somebody,
)

QR = 'class="segno"'


def test_an_app_asks_for_a_code_after_the_password(app: Flask) -> None:
    totp, codes = set_up_app(somebody(app))
    assert len(set(codes)) == 10
    browser = Browser(app)
    answer = browser.sign_in("Amina", next="/tags")
    assert answer.location == "/login/code?next=/tags"
    assert not is_signed_in(browser)
    page = browser.get(answer.location)
    assert page.status_code == 200
    assert browser.post("/login/code", code="000000").status_code == 401
    done = browser.post("/login/code", code=next_code(totp), next="/tags")
    assert (done.status_code, done.location) == (303, "/tags")
    assert is_signed_in(browser)
    assert browser.cookie("marsad_step") is None


def test_a_code_works_once(app: Flask) -> None:
    totp, _ = set_up_app(somebody(app))
    code = next_code(totp)
    first, second = Browser(app), Browser(app)
    for browser in (first, second):
        browser.sign_in("Amina")
    assert first.post("/login/code", code=code).status_code == 303
    assert second.post("/login/code", code=code).status_code == 401


def test_the_code_that_confirmed_the_app_signs_nobody_in(app: Flask) -> None:
    amina = somebody(app)
    amina.post(f"{PAGE}/app")
    shown = re.search(r"<code>([A-Z2-7 ]{32,})</code>", amina.get(PAGE).text)
    assert shown
    code = pyotp.TOTP(shown[1].replace(" ", "")).now()
    amina.post(f"{PAGE}/app/confirm", code=code)
    browser = Browser(app)
    browser.sign_in("Amina")
    assert browser.post("/login/code", code=code).status_code == 401


def test_a_code_in_arabic_digits_with_blanks(app: Flask) -> None:
    totp, _ = set_up_app(somebody(app))
    code = next_code(totp).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    browser = Browser(app)
    browser.sign_in("Amina")
    assert browser.post("/login/code", code=f" {code[:3]} {code[3:]}").status_code == 303


def test_a_recovery_code_works_once(app: Flask) -> None:
    amina = somebody(app)
    _, codes = set_up_app(amina)
    for status in (303, 401):
        browser = Browser(app)
        browser.sign_in("Amina")
        typed = codes[0].upper().replace("-", " ")
        assert browser.post("/login/code", code=typed).status_code == status
    amina.post(f"{PAGE}/confirm", password=PASSWORD)
    page = amina.get(PAGE, headers={"Accept-Language": "en"}).text
    assert "9 codes left" in page
    new = amina.post(f"{PAGE}/codes").text
    assert codes[1] not in new
    browser = Browser(app)
    browser.sign_in("Amina")
    assert browser.post("/login/code", code=codes[1]).status_code == 401


def test_recovery_codes_of_others_open_nothing(app: Flask) -> None:
    _, codes = set_up_app(somebody(app))
    set_up_app(somebody(app, "Brahim"))
    browser = Browser(app)
    browser.sign_in("Brahim")
    assert browser.post("/login/code", code=codes[0]).status_code == 401


def test_guessing_codes_is_stopped(app: Flask) -> None:
    totp, codes = set_up_app(somebody(app))
    thief = Browser(app)
    for _ in range(5):
        thief.sign_in("Amina")  # the password again does not help
        assert thief.post("/login/code", code="000000").status_code == 401
    answer = thief.post("/login/code", code=next_code(totp))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert thief.post("/login/code", code=codes[0]).status_code == 429


def test_no_code_without_the_password(app: Flask) -> None:
    totp, _ = set_up_app(somebody(app))
    browser = Browser(app)
    assert browser.get("/login/code").location == "/login?next=/"
    browser.client.set_cookie("marsad_step", "made up")
    answer = browser.post("/login/code", code=next_code(totp))
    assert answer.location == "/login?next=/"
    assert not is_signed_in(browser)


def test_a_new_password_ends_what_waits_for_a_code(app: Flask) -> None:
    amina = somebody(app)
    totp, _ = set_up_app(amina)
    thief = Browser(app)
    thief.sign_in("Amina")
    new = "une autre phrase 2"
    amina.post("/account/password", current=PASSWORD, new=new, repeat=new)
    assert thief.post("/login/code", code=next_code(totp)).location == "/login?next=/"


@pytest.mark.parametrize(
    "path",
    ["app", "app/confirm", "app/remove", "codes", "passkeys", "passkeys/options",
     "passkeys/rename", "passkeys/revoke"],
)  # fmt: skip
def test_every_change_takes_the_password_again(site: Flask, path: str) -> None:
    browser = Browser(site)
    browser.sign_in("Amina")
    answer = browser.post(f"{PAGE}/{path}", passkey="1", name="x", code="000000")
    assert (answer.status_code, answer.location) == (303, PAGE)
    fields = {"csrf_token": browser.form_token()}
    told = browser.client.post(f"{PAGE}/{path}", data=fields, headers=HEADERS)
    assert (told.status_code, told.get_json()["error"]["code"]) == (403, "confirmation")


def test_the_secret_is_shown_only_after_the_password(app: Flask) -> None:
    amina = somebody(app)
    amina.post(f"{PAGE}/app")
    assert QR in amina.get(PAGE).text
    browser = Browser(app)
    browser.sign_in("Amina")
    page = browser.get(PAGE).text
    assert QR not in page
    assert "app/confirm" not in page
    assert browser.post(f"{PAGE}/confirm", password="wrong password").status_code == 401


def test_a_confirmation_ends(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    amina = somebody(app)
    later = datetime.now(UTC) + timedelta(minutes=11)
    monkeypatch.setattr("web.pages.second_factor.now", lambda: later)
    assert amina.post(f"{PAGE}/app").location == PAGE
    assert QR not in amina.get(PAGE).text


def test_an_old_session_cannot_turn_an_app_off(app: Flask) -> None:
    thief = somebody(app)
    set_up_app(somebody(app))
    assert thief.post(f"{PAGE}/app/remove").location == PAGE
    browser = Browser(app)
    assert browser.sign_in("Amina").location == "/login/code?next=/"


def test_turning_the_app_off(app: Flask) -> None:
    amina = somebody(app)
    set_up_app(amina)
    assert amina.post(f"{PAGE}/app").status_code == 400  # there is one already
    assert amina.post(f"{PAGE}/app/remove").status_code == 303
    assert amina.post(f"{PAGE}/codes").status_code == 400
    assert Browser(app).sign_in("Amina").location == "/"
    assert amina.post(f"{PAGE}/app/remove").status_code == 404
