"""Signing in by a provider: the whole way, over loopback."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from aggregator.storage.engine import Database
from aggregator.storage.models import IdentityRow, UserRow
from tests.oidc_provider import (
    OidcProvider,
)
from tests.web.browser import Browser
from tests.web.pages.identities.oidc_browser import MakeOidcApp, OidcBrowser, changed


def test_a_first_sign_in_makes_an_account(
    someone: OidcBrowser, provider: OidcProvider, newsroom: Database
) -> None:
    provider.claims = {"sub": "f-1", "preferred_username": "fatima@example.org"}
    answer = someone.sign_in_there("/login/oidc?next=/sources")
    assert (answer.status_code, answer.location) == (303, "/sources")
    assert someone.user() == "fatima"
    with newsroom.read() as session:
        row = session.query(UserRow).filter_by(name="fatima").one()
        assert (row.role, row.password_hash) == ("reader", "")
        identity = session.query(IdentityRow).one()
    assert (identity.issuer, identity.subject) == (provider.issuer, "f-1")
    assert identity.last_used_at is not None


def test_the_sign_in_page_names_the_provider(make: MakeOidcApp, provider: OidcProvider) -> None:
    browser = OidcBrowser(make(name={"ar": "بوابة", "fr": "Portail", "en": "Gate"}), provider)
    page = browser.get("/login?next=/sources").text
    assert "Sign in with <bdi>Gate</bdi>" in page
    assert 'href="/login/oidc?next=/sources"' in page
    browser.client.set_cookie("marsad_lang", "fr")
    assert "Se connecter avec <bdi>Portail</bdi>" in browser.get("/login").text


def test_a_later_sign_in_finds_the_account_by_its_subject(
    someone: OidcBrowser, provider: OidcProvider, newsroom: Database
) -> None:
    provider.claims = {"sub": "f-1", "name": "Fatima"}
    someone.sign_in_there()
    someone.post("/logout")
    provider.claims = {"sub": "f-1", "name": "Fatima Zahra"}
    someone.sign_in_there()
    assert someone.user() == "Fatima"
    with newsroom.read() as session:
        assert session.query(IdentityRow).one().name == "Fatima Zahra"
        assert session.query(UserRow).count() == 4


def test_an_account_of_the_same_name_is_not_taken_over(
    someone: OidcBrowser, provider: OidcProvider
) -> None:
    provider.claims = {"sub": "x-1", "name": "CHAIMAE", "email": "chaimae@example.org"}
    someone.sign_in_there()
    assert someone.user() == "CHAIMAE 2"


@pytest.mark.parametrize("name", ["", "n" * 300, "تلميذة 🌸", "a\nb", "\u202eb"])
def test_any_name_makes_a_usable_account(
    someone: OidcBrowser, provider: OidcProvider, name: str
) -> None:
    provider.claims = {"sub": "x-1", "name": name}
    assert someone.sign_in_there().status_code == 303
    assert 0 < len(someone.user()) <= 40


def test_a_name_that_nobody_could_see_is_refused(
    someone: OidcBrowser, provider: OidcProvider
) -> None:
    provider.claims = {"sub": "x-1", "name": "\u202e\u200b"}
    assert "cannot be that of an account here" in someone.sign_in_there().text


def test_without_new_accounts_a_stranger_is_refused(
    make: MakeOidcApp, provider: OidcProvider, newsroom: Database
) -> None:
    browser = OidcBrowser(make(create_accounts=False), provider)
    answer = browser.sign_in_there()
    assert answer.status_code == 401
    assert "You have no account on this site." in answer.text
    assert browser.cookie("marsad_session") is None
    with newsroom.read() as session:
        assert session.query(UserRow).count() == 3


def test_a_person_who_declines_is_told_so(someone: OidcBrowser, provider: OidcProvider) -> None:
    back = someone.begin()
    answer = someone.get(changed(back, code=None, error="access_denied"))
    assert answer.status_code == 401
    assert "cancelled" in answer.text


@pytest.mark.parametrize("target", ["//evil.test", "/\\evil.test", "https://evil.test", "/\t/e"])
def test_it_never_leads_elsewhere(someone: OidcBrowser, target: str) -> None:
    assert someone.sign_in_there(f"/login/oidc?{urlencode({'next': target})}").location == "/"


def test_beginning_is_limited(someone: OidcBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from aggregator.services.accounts import rate_limits

    limit = rate_limits.RateLimit(2, timedelta(minutes=15))
    monkeypatch.setattr(rate_limits, "PROVIDER_SIGN_INS_PER_ADDRESS", limit)
    for _ in range(2):
        assert someone.get("/login/oidc").status_code == 303
    assert someone.get("/login/oidc").status_code == 429


def test_without_a_provider_there_are_no_such_pages(driss: Browser, amina: Browser) -> None:
    assert driss.get("/login/oidc").status_code == 404
    assert driss.get("/login/oidc/callback").status_code == 404
    assert amina.post("/account/identities/link").status_code == 404
    assert "organisation" not in amina.get("/account?hl=en").text
