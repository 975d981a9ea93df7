"""Signing in, tokens, and what is no way in."""

from __future__ import annotations

import pytest
from flask import Flask

from aggregator.services.accounts import app_passwords
from aggregator.storage.engine import Database
from aggregator.types import User
from tests.builders import NOW
from tests.web.browser import PASSWORD, Browser
from tests.web.greader.conftest import READING_LIST, Phone

LOGIN = "/accounts/ClientLogin"
READS = ("token", "user-info", "tag/list", "subscription/list", "unread-count",
         "stream/items/ids", "stream/contents", "preference/list")  # fmt: skip


@pytest.fixture
def password(database: Database, amina: User) -> str:
    with database.write() as session:
        return app_passwords.create(session, amina, "phone", NOW)


@pytest.mark.parametrize("prefix", ["", "/api/greader.php"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signing_in_under_both_addresses(
    site: Flask, password: str, prefix: str, method: str
) -> None:
    fields = {"Email": "Amina", "Passwd": password, "service": "reader"}
    values = {"query_string": fields} if method == "GET" else {"data": fields}
    client = site.test_client(use_cookies=False)
    answer = client.open(prefix + LOGIN, method=method, **values)
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    lines = dict(line.split("=", 1) for line in answer.text.splitlines())
    assert list(lines) == ["SID", "LSID", "Auth"]
    headers = {"Authorization": f"GoogleLogin auth={lines['Auth']}"}
    answer = client.get(f"{prefix}/reader/api/0/user-info", headers=headers)
    assert answer.get_json()["userName"] == "Amina"


def test_signing_in_with_json(site: Flask, password: str) -> None:
    fields = {"Email": "Amina", "Passwd": password, "output": "json"}
    answer = site.test_client().post(LOGIN, data=fields)
    assert set(answer.get_json()) == {"SID", "LSID", "Auth"}


def test_a_wrong_password_and_that_of_the_account(site: Flask, password: str) -> None:
    client = site.test_client()
    answer = client.post(LOGIN, data={"Email": "Amina", "Passwd": "wrong"})
    assert answer.status_code == 401
    assert answer.text.startswith("Error=BadAuthentication\n")
    assert "app password" not in answer.text
    answer = client.post(LOGIN, data={"Email": "Amina", "Passwd": PASSWORD})
    assert answer.status_code == 401
    assert "app password" in answer.text
    assert "Url=https://marsad.ma/account#apps" in answer.text


def test_guessing_ends(site: Flask, password: str) -> None:
    client = site.test_client()
    for _ in range(5):
        client.post(LOGIN, data={"Email": "Amina", "Passwd": "wrong"})
    answer = client.post(LOGIN, data={"Email": "Amina", "Passwd": password})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(
    "header", [None, "", "GoogleLogin", "GoogleLogin auth=", "GoogleLogin auth=made-up", "Bearer x"]
)
def test_without_a_good_token(site: Flask, path: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = site.test_client().get(f"/reader/api/0/{path}", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["Google-Bad-Token"] == "true"
    assert answer.headers["X-Reader-Google-Bad-Token"] == "true"


def test_the_session_of_a_browser_opens_nothing(site: Flask) -> None:
    amina = Browser(site)
    assert amina.sign_in("Amina").status_code == 303
    assert amina.get("/account").status_code == 200
    for path in READS:
        assert amina.get(f"/reader/api/0/{path}").status_code == 401
    answer = amina.post("/reader/api/0/edit-tag", i="1", a="user/-/state/com.google/read")
    assert answer.status_code == 401
    assert amina.get("/api/greader.php/reader/api/0/token").status_code == 401


def test_an_api_token_opens_nothing_here(phone: Phone) -> None:
    answer = phone.open("/reader/api/0/token", headers={"Authorization": f"Bearer {phone.token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("sent", ["", "x", None])
def test_writes_go_by_the_header_whatever_t_is(phone: Phone, sent: str | None) -> None:
    form = {"i": "1", "a": "user/-/state/com.google/read"}
    phone.write("edit-tag", **form | ({} if sent is None else {"T": sent}))


def test_writes_go_by_t_alone(site: Flask, phone: Phone) -> None:
    token = phone.get("token").text
    client = site.test_client(use_cookies=False)
    form = {"i": "1", "a": "user/-/state/com.google/read", "T": token}
    assert client.post("/reader/api/0/edit-tag", data=form).text == "OK"
    form["T"] = token + "x"
    assert client.post("/reader/api/0/edit-tag", data=form).status_code == 401
    answer = client.get("/reader/api/0/token", query_string={"T": token})
    assert answer.status_code == 401  # addresses end up in logs


def test_a_page_of_another_site_may_be_an_app(phone: Phone) -> None:
    """A cookie opens nothing here, so there is nothing that another site could misuse."""
    answer = phone.open(
        "/reader/api/0/edit-tag", "POST", headers={"Origin": "https://app.example"},
        data={"i": "1", "a": "user/-/state/com.google/read"},
    )  # fmt: skip
    assert answer.text == "OK"


def test_revoking_a_password_ends_access_at_once(
    database: Database, phone: Phone, amina: User
) -> None:
    assert phone.get("token").status_code == 200
    with database.write() as session:
        (info,) = app_passwords.list_passwords(session, amina)
        app_passwords.revoke(session, amina, info.id)
    assert phone.get("token").status_code == 401


def test_use_is_noted(database: Database, phone: Phone, amina: User) -> None:
    phone.ids(READING_LIST)
    with database.read() as session:
        (info,) = app_passwords.list_passwords(session, amina)
    assert info.last_used_at is not None


def test_head(phone: Phone) -> None:
    answer = phone.open("/reader/api/0/tag/list", "HEAD")
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize("path", ["/reader/api/0/nothing", "/api/greader.php/reader/api/0/nothing",
                                  "/api/greader.php", "/api/greader.php/made-up"])  # fmt: skip
def test_unknown_addresses(phone: Phone, path: str) -> None:
    assert phone.open(path, headers={"Authorization": ""}).status_code == 404
