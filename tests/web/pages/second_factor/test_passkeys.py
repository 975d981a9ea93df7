"""Passkeys: setting up, signing in, revoking, and answers that must not count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.web.browser import Browser
from tests.web.pages.second_factor.factors import (
    PAGE,
    a_device,
    add_passkey,
    is_signed_in,
    options,
    somebody,
    use_passkey,
)


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
