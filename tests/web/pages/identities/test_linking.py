"""Linking identities to an account, and accounts without a password."""

from __future__ import annotations

from aggregator.storage.engine import Database
from aggregator.storage.models import IdentityRow, UserSession
from tests.oidc_provider import (
    OidcProvider,
)
from tests.web.browser import PASSWORD, Browser
from tests.web.pages.identities.oidc_browser import EXPIRED, OidcBrowser


def test_linking_and_unlinking(
    someone: OidcBrowser, provider: OidcProvider, newsroom: Database
) -> None:
    someone.sign_in("Brahim")
    answer = someone.link()
    assert answer.location == "/account?saved=identity"
    assert "Your account is linked" in someone.get(answer.location).text
    someone.post("/logout")
    someone.sign_in_there()
    assert someone.user() == "Brahim"
    with newsroom.read() as session:
        identity = session.query(IdentityRow).one().id
    answer = someone.post("/account/identities/unlink", identity=str(identity))
    assert answer.location == "/account?saved=unlinked"
    someone.post("/logout")
    someone.sign_in_there()
    assert someone.user() == "Amina 2"


def test_linking_needs_the_password(someone: OidcBrowser) -> None:
    someone.sign_in("Brahim")
    answer = someone.post("/account/identities/link", password="wrong")
    assert answer.status_code == 401


def test_an_identity_opens_one_account(
    someone: OidcBrowser, provider: OidcProvider, newsroom: Database
) -> None:
    someone.sign_in("Brahim")
    someone.link()
    someone.post("/logout")
    someone.sign_in("Amina")
    answer = someone.link()
    assert answer.status_code == 401
    assert "linked to another account" in answer.text
    with newsroom.read() as session:
        assert session.query(IdentityRow).count() == 1


def test_a_link_that_was_begun_by_another_is_not_made(
    someone: OidcBrowser, newsroom: Database
) -> None:
    someone.sign_in("Brahim")
    page = someone.post("/account/identities/link", password=PASSWORD).text
    url = page.partition('content="0; url=')[2].partition('"')[0].replace("&amp;", "&")
    back = someone.provider.walk(url)
    someone.post("/logout")
    someone.sign_in("Amina")
    assert EXPIRED in someone.get(back).text
    with newsroom.read() as session:
        assert session.query(IdentityRow).count() == 0


def test_the_last_way_in_stays(someone: OidcBrowser, newsroom: Database) -> None:
    someone.sign_in_there()
    with newsroom.read() as session:
        identity = session.query(IdentityRow).one().id
    answer = someone.post("/account/identities/unlink", identity=str(identity))
    assert answer.status_code == 409
    assert "set a password first" in answer.text


def test_nobody_unlinks_for_others(someone: OidcBrowser, provider: OidcProvider) -> None:
    someone.sign_in("Brahim")
    someone.link()
    other = Browser(someone.client.application)
    other.sign_in("Amina")
    other.post("/account/identities/unlink", identity="1")
    assert "<bdi>Amina</bdi>" in someone.get("/account").text  # as the provider calls them


def test_an_account_without_a_password_changes_just_after_a_sign_in(
    someone: OidcBrowser, newsroom: Database
) -> None:
    someone.sign_in_there()
    page = someone.get("/account").text
    assert "Your account has no password" in page
    assert 'name="current"' not in page
    with newsroom.write() as session:
        row = session.query(UserSession).one()
        row.created_at = row.created_at.replace(year=row.created_at.year - 1)
    new = {"new": "une phrase assez longue", "repeat": "une phrase assez longue"}
    answer = someone.post("/account/password", **new)
    assert answer.status_code == 401
    assert "needs a recent sign-in" in answer.text
    someone.sign_in_there()
    assert someone.post("/account/password", **new).status_code == 303
    assert 'name="current"' in someone.get("/account").text


def test_no_password_opens_an_account_without_one(someone: OidcBrowser) -> None:
    someone.sign_in_there()
    someone.post("/logout")
    assert someone.sign_in("Amina 2", "").status_code == 401


def test_closing_an_account_forgets_the_identity(someone: OidcBrowser, newsroom: Database) -> None:
    someone.sign_in_there()
    assert someone.post("/account/close").status_code == 303
    with newsroom.read() as session:
        assert session.query(IdentityRow).count() == 0


def test_the_export_has_the_identities(someone: OidcBrowser, provider: OidcProvider) -> None:
    someone.sign_in_there()
    found = someone.get("/account/export.json").json
    assert found
    (identity,) = found["identities"]
    assert (identity["issuer"], identity["subject"]) == (provider.issuer, "amina-1")
    assert identity["name"] == "Amina"
