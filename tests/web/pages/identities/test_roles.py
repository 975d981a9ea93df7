"""Roles by a claim of the provider."""

from __future__ import annotations

from aggregator.storage.engine import Database
from aggregator.storage.models import UserRow
from tests.oidc_provider import (
    OidcProvider,
)
from tests.web.pages.identities.oidc_browser import INVALID, MakeOidcApp, OidcBrowser


def test_roles_follow_the_claim(make: MakeOidcApp, provider: OidcProvider) -> None:
    app = make(
        roles_claim="realm_access.roles", readers=["staff"], editors=["desk"], operators=["admins"]
    )
    browser = OidcBrowser(app, provider)
    provider.claims = {"sub": "b", "name": "Bouchra", "realm_access": {"roles": ["staff", "desk"]}}
    browser.sign_in_there()
    assert browser.get("/desk").status_code == 200
    provider.claims["realm_access"] = {"roles": ["admins"]}
    browser.sign_in_there()
    assert browser.get("/operate").status_code == 200
    provider.claims["realm_access"] = {"roles": ["staff"]}
    browser.sign_in_there()
    assert browser.get("/operate").status_code == browser.get("/desk").status_code == 403


def test_whoever_loses_all_roles_is_signed_out(
    make: MakeOidcApp, provider: OidcProvider, newsroom: Database
) -> None:
    app = make(roles_claim="groups", readers=["staff"], operators=["admins"])
    browser, elsewhere = OidcBrowser(app, provider), OidcBrowser(app, provider)
    provider.claims = {"sub": "b", "name": "Bouchra", "groups": ["admins"]}
    elsewhere.sign_in_there()
    provider.claims["groups"] = ["guests"]
    answer = browser.sign_in_there()
    assert answer.status_code == 401
    assert "has not given you access" in answer.text
    assert elsewhere.user() == ""
    with newsroom.read() as session:
        assert session.query(UserRow).filter_by(name="Bouchra").one().role == "reader"


def test_groups_may_be_in_the_userinfo_alone(make: MakeOidcApp, provider: OidcProvider) -> None:
    browser = OidcBrowser(make(roles_claim="groups", editors=["desk"]), provider)
    provider.claims = {"sub": "b"}
    provider.userinfo = {"groups": ["desk"], "preferred_username": "bouchra"}
    browser.sign_in_there()
    assert browser.user() == "bouchra"
    assert browser.get("/desk").status_code == 200


def test_the_userinfo_of_somebody_else_is_refused(
    make: MakeOidcApp, provider: OidcProvider
) -> None:
    browser = OidcBrowser(make(roles_claim="groups", operators=["admins"]), provider)
    provider.claims = {"sub": "b", "name": "b"}
    provider.userinfo = {"sub": "chief", "groups": ["admins"]}
    assert INVALID in browser.sign_in_there().text


def test_a_role_given_here_stays_where_no_claim_decides(
    someone: OidcBrowser, provider: OidcProvider, newsroom: Database
) -> None:
    someone.sign_in_there()
    with newsroom.write() as session:
        session.query(UserRow).filter_by(name="Amina 2").one().role = "editor"
    someone.sign_in_there()
    assert someone.get("/desk").status_code == 200
