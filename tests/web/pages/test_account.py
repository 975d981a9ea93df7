"""One's own account."""

from __future__ import annotations

import re

import pytest

from tests.web.browser import PASSWORD, Browser

NEW = "a new password"


def test_changing_the_password(amina: Browser) -> None:
    phone = Browser(amina.client.application)
    phone.sign_in("Amina")
    answer = amina.post("/account/password", current=PASSWORD, new=NEW, repeat=NEW)
    assert answer.status_code == 303
    assert amina.get(answer.location).status_code == 200
    assert phone.get("/account").status_code == 303
    assert Browser(amina.client.application).sign_in("Amina", NEW).status_code == 303


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"current": "wrong", "new": NEW, "repeat": NEW}, 401),
        ({"current": PASSWORD, "new": "short", "repeat": "short"}, 400),
        ({"current": PASSWORD, "new": NEW, "repeat": "other"}, 400),
        ({}, 401),
    ],
)
def test_a_password_that_is_not_changed(
    amina: Browser, fields: dict[str, str], status: int
) -> None:
    answer = amina.post("/account/password", **fields)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert Browser(amina.client.application).sign_in("Amina").status_code == 303


def test_signing_another_browser_out(amina: Browser, brahim: Browser) -> None:
    phone = Browser(amina.client.application)
    phone.sign_in("Amina")
    page = amina.get("/account").text
    (other,) = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    brahim.post("/account/sessions/revoke", session=other)
    assert phone.get("/account").status_code == 200
    amina.post("/account/sessions/revoke", session=other)
    assert phone.get("/account").status_code == 303
    assert amina.get("/account").status_code == 200


def test_an_api_token_is_shown_once(amina: Browser) -> None:
    page = amina.post("/account/tokens", label="هاتفي").text
    found = re.search(r"marsad_[\w-]{43}", page)
    assert found
    assert "هاتفي" in page
    page = amina.get("/account").text
    assert found[0] not in page
    headers = {"Authorization": f"Bearer {found[0]}"}
    program = Browser(amina.client.application)
    assert program.get("/api/v1/entries?starred=1", headers=headers).status_code == 200
    (token,) = re.findall(r'name="token" value="([0-9a-f]{64})"', page)
    amina.post("/account/tokens/revoke", token=token)
    assert program.get("/api/v1/entries?starred=1", headers=headers).status_code == 401


def test_a_token_needs_a_label(amina: Browser) -> None:
    assert amina.post("/account/tokens", label=" ").status_code == 400


def test_driss_has_no_account(driss: Browser) -> None:
    assert driss.get("/account").location == "/login?next=/account"
    assert driss.post("/account/tokens", label="a").status_code == 403


def test_each_role_has_an_account(amina: Browser, brahim: Browser, chaimae: Browser) -> None:
    for person in (amina, brahim, chaimae):
        assert person.get("/account").status_code == 200


def test_what_was_saved_is_one_of_ours(amina: Browser) -> None:
    assert 'class="notice"' in amina.get("/account?saved=password").text
    assert 'class="notice"' not in amina.get("/account?saved=evil").text
