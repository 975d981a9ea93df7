"""People and invitations: what operators do, and nobody else."""

from __future__ import annotations

import re

import pytest

from aggregator.services.accounts import accounts
from aggregator.storage.engine import Database
from tests.web.browser import PASSWORD, Browser
from tests.web.conftest import MakeApp

ENGLISH = {"Accept-Language": "en"}
AMINA, CHAIMAE = 1, 3


def roles(newsroom: Database) -> dict[str, str]:
    with newsroom.read() as session:
        return {each.name: each.role for each in accounts.list_users(session)}


def test_nobody_but_operators(
    amina: Browser, brahim: Browser, chaimae: Browser, driss: Browser, newsroom: Database
) -> None:
    actions = (
        ("", {}),
        (f"/{AMINA}/role", {"role": "operator"}),
        (f"/{AMINA}/role", {"role": "king"}),
        (f"/{AMINA}/close", {}),
        ("/invites", {"label": "x", "role": "operator", "days": "7"}),
        ("/invites/revoke", {"invite": "x"}),
    )
    for person in (amina, brahim, driss):
        for path, fields in actions[1:]:
            assert person.post(f"/operate/people{path}", **fields).status_code == 403
    assert [person.get("/operate/people").status_code for person in (amina, brahim, driss)] == [
        403, 403, 303,
    ]  # fmt: skip
    assert chaimae.get("/operate/people").status_code == 200
    assert roles(newsroom) == {"Amina": "reader", "Brahim": "editor", "Chaimae": "operator"}


def test_everybody_is_listed(chaimae: Browser) -> None:
    page = chaimae.get("/operate/people", headers=ENGLISH).text
    assert [page.index(f"<bdi>{name}</bdi>") for name in ("Amina", "Brahim", "Chaimae")]
    assert page.count("Not signed in") == 2
    assert 'href="/operate/people" aria-current="page"' in page
    assert "Brahim" not in chaimae.get("/operate/people?q=AMI").text
    assert "No account by that name" in chaimae.get("/operate/people?q=zzz", headers=ENGLISH).text


def test_a_role_holds_from_the_next_page_on(chaimae: Browser, amina: Browser) -> None:
    assert amina.get("/operate").status_code == 403
    answer = chaimae.post(f"/operate/people/{AMINA}/role", role="operator")
    assert answer.location == "/operate/people?done=role"
    assert "The role has been changed" in chaimae.get(answer.location, headers=ENGLISH).text
    assert amina.get("/operate").status_code == 200
    assert chaimae.post(f"/operate/people/{AMINA}/role", role="king").status_code == 400
    assert chaimae.post("/operate/people/99/role", role="reader").status_code == 404


def test_closing_an_account_signs_it_out(
    chaimae: Browser, amina: Browser, newsroom: Database
) -> None:
    assert chaimae.post(f"/operate/people/{AMINA}/close").status_code == 303
    assert amina.get("/account").status_code == 303
    assert "Amina" not in roles(newsroom)
    assert chaimae.post(f"/operate/people/{AMINA}/close").status_code == 404


@pytest.mark.parametrize(("path", "fields"), [("role", {"role": "reader"}), ("close", {})])
def test_the_last_operator_stays(
    chaimae: Browser, newsroom: Database, path: str, fields: dict[str, str]
) -> None:
    answer = chaimae.post(f"/operate/people/{CHAIMAE}/{path}", **fields)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert roles(newsroom)["Chaimae"] == "operator"


def test_an_invitation_from_link_to_account(make_app: MakeApp) -> None:
    app = make_app(registration="invite", base_url="https://marsad.example/")
    chaimae = Browser(app)
    chaimae.sign_in("Chaimae")
    answer = chaimae.post("/operate/people/invites", label="ياسين", role="editor", days="7")
    assert "no-store" in answer.headers["Cache-Control"]
    found = re.search(r"https://marsad\.example(/invite/[\w-]{43})<", answer.text)
    assert found
    page = chaimae.get("/operate/people", headers=ENGLISH).text
    assert found[1] not in page
    assert "<bdi>ياسين</bdi>" in page
    fields = {"name": "ياسين", "password": PASSWORD, "repeat": PASSWORD}
    assert Browser(app).post(found[1], **fields).status_code == 303
    assert "Used by <bdi>ياسين</bdi>" in chaimae.get("/operate/people", headers=ENGLISH).text


def test_a_revoked_invitation(make_app: MakeApp) -> None:
    app = make_app(registration="invite")
    chaimae = Browser(app)
    chaimae.sign_in("Chaimae")
    page = chaimae.post("/operate/people/invites", label="x", role="reader", days="1").text
    (link,) = re.findall(r"/invite/[\w-]{43}", page)
    (id_,) = re.findall(r'name="invite" value="(\w{64})"', page)
    assert chaimae.post("/operate/people/invites/revoke", invite=id_).status_code == 303
    assert Browser(app).get(link).status_code == 404
    assert 'name="invite"' not in chaimae.get("/operate/people").text


@pytest.mark.parametrize(
    "fields", [{"label": " "}, {"days": "0"}, {"days": "x"}, {"days": ""}, {"role": "king"}]
)
def test_invitations_that_cannot_be_made(make_app: MakeApp, fields: dict[str, str]) -> None:
    chaimae = Browser(make_app(registration="invite"))
    chaimae.sign_in("Chaimae")
    values = {"label": "x", "role": "reader", "days": "7"} | fields
    assert chaimae.post("/operate/people/invites", **values).status_code == 400


def test_where_invitations_are_closed_it_says_how_to_open_them(chaimae: Browser) -> None:
    page = chaimae.get("/operate/people").text
    assert "registration = &#34;invite&#34;" in page or 'registration = "invite"' in page
    assert 'action="/operate/people/invites"' not in page
    answer = chaimae.post("/operate/people/invites", label="x", role="reader", days="7")
    assert answer.status_code == 403


def test_changes_of_accounts_are_logged(chaimae: Browser, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "marsad.accounts"):
        chaimae.post("/operate/people/1/role", role="editor")
        chaimae.post("/account/password", current="wrong", new="x", repeat="x")
        chaimae.post("/account/password", current=PASSWORD, new=PASSWORD, repeat=PASSWORD)
        chaimae.post("/operate/people/2/close")
    assert caplog.messages == [
        "Chaimae: role Amina, editor",
        "a wrong current password was given for Chaimae, who is signed in",
        "Chaimae changed the password",
        "Chaimae: close Brahim, editor",
    ]
