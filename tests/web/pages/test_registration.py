"""Signing up, accepting an invitation, the first account."""

from __future__ import annotations

import pytest

from aggregator.config import Settings, WebSettings
from aggregator.services.accounts import accounts, first_account, invites
from aggregator.storage.engine import Database
from aggregator.types import Role
from tests.web.browser import PASSWORD, Browser
from tests.web.conftest import FAST_PASSWORDS, MakeApp
from web import create_app
from web.request.auth import now

ENGLISH = {"Accept-Language": "en"}
FIELDS = {"name": "Yassine", "password": PASSWORD, "repeat": PASSWORD}


def invitation(newsroom: Database, role: Role = "editor") -> str:
    with newsroom.write() as session:
        chaimae = accounts.find(session, "Chaimae")
        return f"/invite/{invites.create_invite(session, chaimae, 'Yassine', role, 7, now())}"


# --- open ----------------------------------------------------------------------------------------


def test_signing_up_where_it_is_open(make_app: MakeApp) -> None:
    driss = Browser(make_app(registration="open"))
    assert 'href="/register"' in driss.get("/").text  # in the menu
    assert driss.get("/login").text.count('href="/register"') == 2
    page = driss.get("/register", headers=ENGLISH)
    assert "New account" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    answer = driss.post("/register", **FIELDS)
    assert (answer.status_code, answer.location) == (303, "/mine")
    mine = driss.get("/mine").text
    assert "Yassine" in mine
    assert "أهلا بكم في مرصد" in mine
    assert driss.get("/operate/people").status_code == 403
    assert driss.get("/register").location == "/account"


@pytest.mark.parametrize(
    ("fields", "status", "wrong"),
    [
        ({"name": " "}, 400, "name"),
        ({"name": "AMINA"}, 409, "name"),
        ({"password": "short", "repeat": "short"}, 400, "password"),
        ({"repeat": "something else"}, 400, "repeat"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    make_app: MakeApp, fields: dict[str, str], status: int, wrong: str
) -> None:
    driss = Browser(make_app(registration="open"))
    answer = driss.post("/register", **FIELDS | fields)
    assert answer.status_code == status
    (field,) = [line for line in answer.text.splitlines() if 'aria-invalid="true"' in line]
    assert f'name="{wrong}"' in field
    assert PASSWORD not in answer.text
    assert driss.cookie("marsad_session") is None


def test_signing_up_is_limited_by_address(make_app: MakeApp) -> None:
    driss = Browser(make_app(registration="open"))
    for _ in range(10):
        assert driss.post("/register", **FIELDS | {"name": "amina"}).status_code == 409
    answer = driss.post("/register", **FIELDS)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert Browser(make_app(registration="open")).post("/register", **FIELDS).status_code == 429, (
        "another browser of the same address"
    )


@pytest.mark.parametrize("registration", ["closed", "invite"])
def test_nobody_signs_up_where_it_is_not_open(make_app: MakeApp, registration: str) -> None:
    driss = Browser(make_app(registration=registration))
    assert driss.get("/register").status_code == 403
    assert driss.post("/register", **FIELDS).status_code == 403
    assert 'href="/register"' not in driss.get("/login").text


# --- by invitation -------------------------------------------------------------------------------


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("registration", ["invite", "open"])
def test_an_invitation_works_once(
    make_app: MakeApp, newsroom: Database, registration: str, public: bool
) -> None:
    app = make_app(registration=registration, public_reading=public)
    link = invitation(newsroom)
    driss = Browser(app)
    page = driss.get(link, headers=ENGLISH).text
    assert "<bdi>Chaimae</bdi> invites you" in page
    assert "<bdi>Editor</bdi>" in page
    assert driss.post(link, **FIELDS | {"repeat": "x"}).status_code == 400
    assert driss.post(link, **FIELDS).status_code == 303
    assert "Yassine" in driss.get("/account").text
    for method in (Browser(app).get, Browser(app).post):
        gone = method(link)
        assert gone.status_code == 404
        assert "href" in gone.text


def test_a_closed_site_takes_no_invitations(make_app: MakeApp, newsroom: Database) -> None:
    link = invitation(newsroom)
    driss = Browser(make_app())
    assert driss.get(link).status_code == 403
    assert driss.post(link, **FIELDS).status_code == 403


def test_an_invitation_of_a_demoted_operator_is_worthless(
    make_app: MakeApp, newsroom: Database
) -> None:
    link = invitation(newsroom, "operator")
    with newsroom.write() as session:
        for name, role in (("Amina", "operator"), ("Chaimae", "reader")):
            accounts.set_role(session, accounts.find(session, name), role)  # type: ignore[arg-type]  # roles
    assert Browser(make_app(registration="invite")).get(link).status_code == 404


# --- the first account ---------------------------------------------------------------------------


@pytest.mark.parametrize("public", [True, False])
def test_the_first_visit_leads_to_the_first_account(
    sqlite_database: Database, public: bool
) -> None:
    settings = Settings(web=WebSettings(public_reading=public))
    driss = Browser(create_app(settings, sqlite_database, FAST_PASSWORDS))
    token = first_account.new_link(sqlite_database)
    assert token
    page = driss.get("/", follow_redirects=True, headers=ENGLISH).text
    assert "has no accounts yet" in page
    assert token not in page
    assert driss.get("/setup/guess").status_code == 404
    assert "administrator" in driss.get(f"/setup/{token}", headers=ENGLISH).text
    answer = driss.post(f"/setup/{token}", **FIELDS)
    assert (answer.status_code, answer.location) == (303, "/operate/people")
    assert "أهلا بكم" in driss.get(answer.location).text
    other = Browser(driss.client.application)
    assert other.get(f"/setup/{token}").status_code == 404
    assert other.post(f"/setup/{token}", **FIELDS | {"name": "Driss"}).status_code == 404
    assert "has no accounts" not in other.get("/", follow_redirects=True, headers=ENGLISH).text
