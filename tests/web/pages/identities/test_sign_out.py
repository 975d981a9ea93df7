"""Signing out here and at the provider."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.oidc_provider import (
    CLIENT_ID,
    OidcProvider,
)
from tests.web.pages.identities.oidc_browser import MakeOidcApp, OidcBrowser


def test_signing_out_goes_on_at_the_provider(someone: OidcBrowser, provider: OidcProvider) -> None:
    someone.sign_in_there()
    page = someone.post("/logout")
    url = page.text.partition('content="0; url=')[2].partition('"')[0].replace("&amp;", "&")
    assert url.startswith(f"{provider.issuer}/end?")
    query = parse_qs(urlsplit(url).query)
    assert query["client_id"] == [CLIENT_ID]
    assert query["id_token_hint"][0].count(".") == 2
    assert query["post_logout_redirect_uri"] == ["http://127.0.0.1:8000/"]
    assert someone.cookie("marsad_session") is None
    assert someone.user() == ""


@pytest.mark.parametrize("end", [None, "https://h.example/end?x=1"])
def test_signing_out_as_the_provider_offers(
    someone: OidcBrowser, provider: OidcProvider, end: str | None
) -> None:
    provider.metadata_changes = {"end_session_endpoint": end or ""}
    someone.sign_in_there()
    answer = someone.post("/logout")
    if end:
        assert "https://h.example/end?x=1&amp;id_token_hint=" in answer.text
    else:
        assert answer.location == "/"


def test_signing_out_here_alone(make: MakeOidcApp, provider: OidcProvider) -> None:
    browser = OidcBrowser(make(sign_out=False), provider)
    browser.sign_in_there()
    assert browser.post("/logout").location == "/"


def test_whoever_came_with_a_password_signs_out_here(someone: OidcBrowser) -> None:
    someone.sign_in("Amina")
    assert someone.post("/logout").location == "/"
