"""Signing in and out."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.browser import PASSWORD, Browser


def test_signing_in_and_out(driss: Browser) -> None:
    answer = driss.sign_in("amina", next="/sources")
    assert (answer.status_code, answer.location) == (303, "/sources")
    assert "Amina" in driss.get("/").text
    kept = driss.cookie("marsad_session")
    assert kept
    assert driss.post("/logout").status_code == 303
    assert driss.cookie("marsad_session") is None
    driss.client.set_cookie("marsad_session", kept)
    assert "Amina" not in driss.get("/").text


@pytest.mark.parametrize(
    "target", ["//evil.test", "/\\evil.test", "https://evil.test", "/\t/evil.test"]
)
def test_signing_in_never_leads_elsewhere(driss: Browser, target: str) -> None:
    assert driss.sign_in("Amina", next=target).location == "/"
    assert driss.get("/login", query_string={"next": target}).location == "/"


def test_a_wrong_name_and_a_wrong_password_look_the_same(driss: Browser) -> None:
    wrong_name = driss.sign_in("Nobody")
    wrong_password = driss.sign_in("Amina", "wrong password")
    assert wrong_name.status_code == wrong_password.status_code == 401
    alert = 'role="alert"'
    assert alert in wrong_name.text
    assert _comparable(wrong_name.text) == _comparable(wrong_password.text)
    assert driss.cookie("marsad_session") is None


def _comparable(page: str) -> list[str]:
    lines = [line for line in page.splitlines() if "csrf_token" not in line]
    return [line.replace('value="Amina"', 'value="Nobody"') for line in lines]


def test_guessing_is_stopped(driss: Browser) -> None:
    for _ in range(5):
        assert driss.sign_in("Amina", "wrong password").status_code == 401
    answer = driss.sign_in("Amina")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert driss.sign_in("Brahim").status_code == 303


def test_nobody_else_locks_a_known_browser_out(app: Flask, driss: Browser) -> None:
    driss.sign_in("Amina")
    driss.post("/logout")
    attacker = Browser(app)
    for _ in range(6):
        attacker.sign_in("Amina", "wrong password")
    assert attacker.sign_in("Amina").status_code == 429
    assert driss.sign_in("Amina").status_code == 303
    assert Browser(app).sign_in("Amina").status_code == 429


def test_signing_in_again_ends_the_session_before(driss: Browser) -> None:
    driss.sign_in("Amina")
    first = driss.cookie("marsad_session")
    assert first
    driss.post("/login", name="Brahim", password=PASSWORD)
    other = Browser(driss.client.application)
    other.client.set_cookie("marsad_session", first)
    assert "Amina" not in other.get("/").text


def test_whoever_is_signed_in_goes_on(amina: Browser) -> None:
    assert amina.get("/login?next=/tags").location == "/tags"


@pytest.mark.parametrize("cookie", ["", "x", "x" * 4000, "مرصد", "\x01"])
def test_a_made_up_cookie_is_nobody(app: Flask, cookie: str) -> None:
    browser = Browser(app)
    browser.client.set_cookie("marsad_session", cookie)
    assert browser.get("/").status_code == 200
    assert browser.get("/account").status_code == 303


def test_forms_without_fields(driss: Browser) -> None:
    assert driss.post("/login").status_code == 401
