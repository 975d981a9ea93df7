"""Passkeys, authenticator app and recovery codes, as readers set them up and sign in with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from aggregator.config import Settings, SignInSettings, WebSettings
from aggregator.services.accounts import accounts, api_tokens
from aggregator.storage.engine import Database
from tests.authenticator import Authenticator
from tests.builders import FAST_PASSWORDS
from tests.web.browser import PASSWORD, Browser
from tests.web.conftest import MakeApp
from web import create_app

PAGE = "/account/second-factor"
SITE = "https://news.example"
QR = 'class="segno"'
HEADERS = {"Accept": "application/json"}


@pytest.fixture
def site(make_app: MakeApp) -> Flask:
    """A site whose address browsers allow passkeys for."""
    return make_app(base_url=SITE)


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


def test_a_passkey_signs_in_without_name_and_password(site: Flask) -> None:
    amina = somebody(site)
    device = a_device()
    assert add_passkey(amina, device).status_code == 303
    assert "هاتف" in amina.get(PAGE).text
    other = Browser(site)
    answer = use_passkey(other, device, next="/starred")
    assert (answer.status_code, answer.location) == (303, "/starred")
    assert "Amina" in other.get("/account").text


def test_a_passkey_alone_leaves_the_password_as_it_is(site: Flask) -> None:
    add_passkey(somebody(site), a_device())
    assert Browser(site).sign_in("Amina", next="/tags").location == "/tags"


def test_a_revoked_passkey_opens_nothing(site: Flask) -> None:
    amina, device = somebody(site), a_device()
    add_passkey(amina, device)
    assert amina.post(f"{PAGE}/passkeys/revoke", passkey="1").status_code == 303
    assert use_passkey(Browser(site), device).status_code == 401


def test_passkeys_of_others_are_out_of_reach(site: Flask) -> None:
    device = a_device()
    add_passkey(somebody(site), device)
    brahim = somebody(site, "Brahim")
    assert brahim.post(f"{PAGE}/passkeys/revoke", passkey="1").status_code == 404
    assert brahim.post(f"{PAGE}/passkeys/rename", passkey="1", name="لي").status_code == 404
    handle = device.user_handle
    assert add_passkey(brahim, device).status_code == 409
    device.user_handle = handle
    assert use_passkey(Browser(site), device).status_code == 303


def test_several_passkeys_with_names(site: Flask) -> None:
    amina, phone, laptop = somebody(site), a_device(), a_device()
    add_passkey(amina, phone)
    add_passkey(amina, laptop, "Laptop")
    assert amina.post(f"{PAGE}/passkeys/rename", passkey="2", name="Bureau").status_code == 303
    page = amina.get(PAGE).text
    assert "Bureau" in page
    assert "Laptop" not in page
    assert use_passkey(Browser(site), laptop).status_code == 303
    assert use_passkey(Browser(site), phone).status_code == 303
    assert amina.post(f"{PAGE}/passkeys/rename", passkey="2", name=" ").status_code == 400


def test_an_answer_works_once(site: Flask) -> None:
    amina, device = somebody(site), a_device()
    device.counts = False
    add_passkey(amina, device)
    thief = Browser(site)
    asked = options(thief, "/login/passkey")
    answer = device.get(asked["publicKey"])
    fields = {"answer": answer, "challenge": asked["challenge"]}
    token = thief.form_token()
    form_cookie = thief.cookie("__Host-marsad_form")
    assert form_cookie
    first = thief.client.post("/login/passkey", data=fields | {"csrf_token": token})
    assert first.status_code == 303
    other = Browser(site)  # the same browser as it was before signing in
    other.client.set_cookie("__Host-marsad_form", form_cookie, secure=True)
    again = other.client.post("/login/passkey", data=fields | {"csrf_token": token})
    assert again.status_code == 401
    assert not is_signed_in(other)


def test_a_challenge_belongs_to_one_browser_and_one_purpose(site: Flask) -> None:
    amina, device = somebody(site), a_device()
    add_passkey(amina, device)
    asked = options(Browser(site), "/login/passkey")
    answer = device.get(asked["publicKey"])
    fields = {"answer": answer, "challenge": asked["challenge"]}
    assert Browser(site).post("/login/passkey", **fields).status_code == 401
    asked = options(amina, "/login/passkey")
    made = a_device().create(asked["publicKey"] | {"user": {"id": "AAAA"}})
    refused = amina.post(f"{PAGE}/passkeys", answer=made, challenge=asked["challenge"], name="x")
    assert refused.status_code == 401


def test_a_challenge_expires(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    amina, device = somebody(site), a_device()
    add_passkey(amina, device)
    browser = Browser(site)
    asked = options(browser, "/login/passkey")
    fields = {"answer": device.get(asked["publicKey"]), "challenge": asked["challenge"]}
    later = datetime.now(UTC) + timedelta(minutes=11)
    monkeypatch.setattr("web.request.challenges.now", lambda: later)
    assert browser.post("/login/passkey", **fields).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://news.example.evil.test"},
        {"origin": "http://news.example"},
        {"rp_id": "evil.test"},
        {"verifies": False},
        {"count": 0},
        {"user_handle": b"somebody else"},
    ],
    ids=["origin", "without TLS", "relying party", "not verified", "copied", "another account"],
)  # fmt: skip
def test_a_wrong_answer_is_refused(site: Flask, wrong: dict[str, Any]) -> None:
    amina, device = somebody(site), a_device()
    device.count = 5
    add_passkey(amina, device)
    assert use_passkey(Browser(site), device).status_code == 303
    for name, value in wrong.items():
        setattr(device, name, value)
    browser = Browser(site)
    assert use_passkey(browser, device).status_code == 401
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", '{"id": 1, "response": []}', "[" * 10_000, "x" * 30_000,
     '{"id": "AA", "response": {"userHandle": 5}}', '{"id": "é", "response": {"userHandle": "é"}}'],
)  # fmt: skip
def test_nonsense_is_refused(site: Flask, answer: str) -> None:
    browser = somebody(site)
    asked = options(browser, f"{PAGE}/passkeys")
    fields = {"answer": answer, "challenge": asked["challenge"], "name": "x"}
    assert browser.post(f"{PAGE}/passkeys", **fields).status_code in (400, 401)
    asked = options(browser, "/login/passkey")
    fields = {"answer": answer, "challenge": asked["challenge"]}
    assert browser.post("/login/passkey", **fields).status_code == 401


def test_where_browsers_allow_no_passkeys(app: Flask) -> None:
    amina = somebody(app)  # http://127.0.0.1:8000
    assert "/login/passkey" not in Browser(app).get("/login").text
    assert "passkeys/options" not in amina.get(PAGE).text
    assert amina.post(f"{PAGE}/passkeys/options").status_code == 404
    assert amina.post("/login/passkey").status_code == 404


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


# --- roles that need a second factor -------------------------------------------------------------


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
