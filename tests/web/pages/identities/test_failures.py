"""Signing in by a provider that is down, slow to answer or wrong."""

from __future__ import annotations

import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.oidc_provider import (
    CLIENT_SECRET,
    OidcProvider,
)
from tests.web.pages.identities.oidc_browser import INVALID, OidcBrowser


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_provider_that_is_down_is_explained(
    someone: OidcBrowser, provider: OidcProvider, language: str
) -> None:
    sentence = {
        "ar": "خدمة تسجيل الدخول لا تجيب", "fr": "ne répond pas", "en": "does not answer",
    }  # fmt: skip
    provider.broken = ("/.well-known/openid-configuration",)
    someone.client.set_cookie("marsad_lang", language)
    answer = someone.get("/login/oidc?next=/sources")
    assert answer.status_code == 503
    assert sentence[language] in answer.text
    assert 'name="password"' in answer.text  # the other way in
    assert 'value="/sources"' in answer.text


def test_a_provider_that_failed_is_left_alone_for_a_moment(
    someone: OidcBrowser, provider: OidcProvider
) -> None:
    provider.broken = ("/.well-known/openid-configuration",)
    for _ in range(3):
        assert someone.get("/login/oidc").status_code == 503
    assert len(provider.requests) == 1


@pytest.mark.parametrize("path", ["/token", "/keys"])
def test_a_provider_that_fails_on_the_way_back(
    someone: OidcBrowser, provider: OidcProvider, path: str
) -> None:
    provider.broken = (path,)
    answer = someone.sign_in_there()
    assert answer.status_code == 503
    provider.broken = ()
    assert someone.sign_in_there().status_code == 303


def test_new_keys_are_found(
    someone: OidcBrowser, provider: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aggregator.services.accounts.oidc import provider as module

    assert someone.sign_in_there().status_code == 303
    provider.rotate()
    # Asked again at once would be asked with each forged token.
    assert INVALID in someone.sign_in_there().text
    monkeypatch.setattr(module, "KEYS_GAP_S", 0.0)
    assert someone.sign_in_there().status_code == 303


def test_no_secret_is_in_the_log(
    someone: OidcBrowser, provider: OidcProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    backs = [someone.begin()]
    someone.get(backs[0])
    for changes in ({"nonce": "x"}, {"iss": "x"}, {"exp": 1}):
        provider.token_changes = changes
        backs.append(someone.begin())
        someone.get(backs[-1])
    backs.append(someone.begin())
    provider.broken = ("/token",)
    someone.get(backs[-1])
    secrets = [CLIENT_SECRET, someone.cookie("marsad_oidc")]
    for back in backs:
        query = parse_qs(urlsplit(back).query)
        secrets += [query["code"][0], query["state"][0]]
    verifiers = [form["code_verifier"] for path, form in provider.requests if path == "/token"]
    assert len(verifiers) == 5
    for secret in secrets + verifiers:
        assert secret
        assert secret not in caplog.text
