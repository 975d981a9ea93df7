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


def _new_token(browser: Browser, **fields: str) -> dict[str, str]:
    """The headers of a program with a token of that browser's user."""
    found = re.search(
        r"marsad_[\w-]{43}", browser.post("/account/tokens", label="x", **fields).text
    )
    assert found
    return {"Authorization": f"Bearer {found[0]}"}


def test_a_new_password_revokes_tokens_unless_asked_to_keep_them(amina: Browser) -> None:
    headers = _new_token(amina)
    program = Browser(amina.client.application)
    assert 'name="keep_tokens"' in amina.get("/account").text
    fields = {"new": PASSWORD, "repeat": PASSWORD, "current": PASSWORD}
    amina.post("/account/password", **fields, keep_tokens="1")
    assert program.get("/api/v1/entries?starred=1", headers=headers).status_code == 200
    amina.post("/account/password", **fields | {"current": "wrong"})
    assert program.get("/api/v1/entries?starred=1", headers=headers).status_code == 200
    amina.post("/account/password", **fields)
    assert program.get("/api/v1/entries?starred=1", headers=headers).status_code == 401
    assert 'name="keep_tokens"' not in amina.get("/account").text


def test_a_token_shows_its_last_use_and_its_end(amina: Browser) -> None:
    amina.get("/language/en")
    headers = _new_token(amina, days="30")
    page = amina.get("/account").text
    assert "never used" in page
    assert "expires" in page
    Browser(amina.client.application).get("/api/v1/entries?starred=1", headers=headers)
    assert "last used" in amina.get("/account").text


def test_a_token_only_reads_unless_the_box_is_ticked(amina: Browser) -> None:
    amina.get("/language/en")
    program = Browser(amina.client.application)
    for fields, status, shown in (
        ({}, 403, "read only"),
        ({"scope": ""}, 403, "read only"),
        ({"scope": "write"}, 200, "can make changes"),
    ):
        headers = _new_token(amina, **fields)
        answer = program.client.post("/api/v1/entries/star", json={"ids": [1]}, headers=headers)
        assert answer.status_code == status, answer.text
        assert shown in amina.get("/account").text
    assert amina.post("/account/tokens", label="x", scope="admin").status_code == 400


def test_the_use_of_a_token_that_only_makes_changes_is_noted(amina: Browser) -> None:
    amina.get("/language/en")
    headers = _new_token(amina, scope="write")
    assert "never used" in amina.get("/account").text
    program = Browser(amina.client.application)
    answer = program.client.post(
        "/api/v1/entries/star", json={"ids": [1]}, headers=headers, buffered=True
    )
    assert answer.status_code == 200
    assert "last used" in amina.get("/account").text


@pytest.mark.parametrize("days", ["0", "-1", "x", "99999", "٣"])
def test_a_token_has_a_sensible_end(amina: Browser, days: str) -> None:
    assert amina.post("/account/tokens", label="x", days=days).status_code == 400


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


def test_signing_out_everywhere_else(amina: Browser, brahim: Browser) -> None:
    assert "revoke-others" not in amina.get("/account").text
    others = [Browser(amina.client.application) for _ in range(2)]
    for other in others:
        other.sign_in("Amina")
    answer = amina.post("/account/sessions/revoke-others")
    assert answer.location == "/account?saved=sessions"
    assert 'class="notice"' in amina.get(answer.location).text
    assert [other.get("/account").status_code for other in others] == [303, 303]
    assert brahim.get("/account").status_code == 200


def test_taking_everything_along(amina: Browser, driss: Browser) -> None:
    amina.post("/entries/1/star", on="1")
    page = amina.get("/account").text
    for path in ("/account/export.json", "/following.opml"):
        assert f'href="{path}"' in page
    answer = amina.get("/account/export.json")
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert re.fullmatch(
        r'attachment; filename="marsad-[\d-]{10}\.json"', answer.headers["Content-Disposition"]
    )
    assert answer.json
    assert [each["title"] for each in answer.json["starred"]] == ["امتلاء السدود"]
    assert answer.json["account"]["name"] == "Amina"
    assert driss.get("/account/export.json").status_code == 303
    for _ in range(9):
        amina.get("/account/export.json")
    assert amina.get("/account/export.json").status_code == 429


def test_closing_ones_account(amina: Browser, driss: Browser) -> None:
    refused = amina.post("/account/close", password="wrong")
    assert refused.status_code == 401
    assert "<details open>" in refused.text
    cookie = amina.cookie("marsad_session")
    assert cookie
    answer = amina.post("/account/close", password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert amina.cookie("marsad_session") is None
    assert "أُغلق حسابكم" in amina.get("/").text
    amina.client.set_cookie("marsad_session", cookie)
    assert amina.get("/account").status_code == 303
    assert driss.sign_in("Amina").status_code == 401
    assert driss.post("/account/close", password=PASSWORD).status_code == 403


def test_the_last_operator_cannot_leave(chaimae: Browser) -> None:
    answer = chaimae.post("/account/close", password=PASSWORD)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert chaimae.get("/operate").status_code == 200


def test_an_app_password_is_shown_once_and_revoked(amina: Browser) -> None:
    page = amina.post("/account/apps", name="هاتفي").text
    found = re.search(r"<code[^>]*>((?:\w{4}-){4}\w{4})</code>", page)
    assert found
    assert ">http://127.0.0.1:8000</code>" in page
    assert ">Amina</code>" in page
    page = amina.get("/account").text
    assert found[1] not in page
    assert "<bdi>هاتفي</bdi>" in page
    (id_,) = re.findall(r'name="app" value="([0-9a-f]{64})"', page)
    answer = amina.post("/account/apps/revoke", app=id_)
    assert answer.location == "/account?saved=app"
    assert 'name="app"' not in amina.get("/account").text


def test_an_app_password_needs_a_name(amina: Browser) -> None:
    answer = amina.post("/account/apps", name=" ")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
