"""Signing in by a provider: what must not get through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from aggregator.storage.engine import Database
from aggregator.storage.models import SignInFlowRow
from tests.oidc_provider import CLIENT_SECRET, OidcProvider
from tests.web.pages.identities.oidc_browser import (
    EXPIRED,
    INVALID,
    MakeOidcApp,
    OidcBrowser,
    changed,
)


def test_a_way_back_works_once(someone: OidcBrowser, make: MakeOidcApp) -> None:
    back = someone.begin()
    assert someone.get(back).status_code == 303
    someone.post("/logout")
    answer = someone.get(back)
    assert answer.status_code == 401
    assert EXPIRED in answer.text
    assert someone.cookie("marsad_session") is None


def test_a_code_works_once(someone: OidcBrowser, provider: OidcProvider) -> None:
    used, fresh = someone.begin(), someone.begin()
    assert someone.get(used).status_code == 303
    code = parse_qs(urlsplit(used).query)["code"][0]
    answer = someone.get(changed(fresh, code=code))
    assert EXPIRED in answer.text


def test_the_way_back_of_an_attacker_signs_nobody_in(
    someone: OidcBrowser, provider: OidcProvider
) -> None:
    attacker = OidcBrowser(someone.client.application, provider)
    provider.claims = {"sub": "evil"}
    back = attacker.begin()
    assert EXPIRED in someone.get(back).text
    someone.begin()  # with a cookie of its own
    assert EXPIRED in someone.get(back).text
    assert someone.cookie("marsad_session") is None
    assert attacker.get(back).status_code == 303  # nobody else can use it up


def test_a_code_of_another_sign_in_is_refused(someone: OidcBrowser, provider: OidcProvider) -> None:
    attacker = OidcBrowser(someone.client.application, provider)
    stolen = parse_qs(urlsplit(attacker.begin()).query)["code"][0]
    answer = someone.get(changed(someone.begin(), code=stolen))
    assert answer.status_code == 401  # PKCE: the verifier is another one


def test_two_tabs_sign_in_side_by_side(someone: OidcBrowser) -> None:
    first, second = someone.begin("/login/oidc?next=/sources"), someone.begin("/login/oidc")
    assert someone.get(second).location == "/"
    assert someone.get(first).location == "/sources"
    assert someone.user() == "Amina 2"


def test_a_sign_in_does_not_take_for_ever(someone: OidcBrowser, newsroom: Database) -> None:
    back = someone.begin()
    with newsroom.write() as session:
        flow = session.query(SignInFlowRow).one()
        flow.started_at = flow.started_at.replace(year=flow.started_at.year - 1)
    assert EXPIRED in someone.get(back).text


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.test"},
        {"iss": None},
        {"aud": "another-site"},
        {"aud": ["marsad", "another-site"], "azp": "another-site"},
        {"aud": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"nonce": "an old one"},
        {"nonce": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "s" * 300},
        {"sub": "amina\0"},
        {"at_hash": "x"},
    ],
    ids=str,
)
def test_a_wrong_id_token_is_refused(
    someone: OidcBrowser, provider: OidcProvider, changes: dict[str, Any]
) -> None:
    provider.token_changes = changes
    answer = someone.sign_in_there()
    assert answer.status_code == 401
    assert INVALID in answer.text
    assert someone.cookie("marsad_session") is None


def test_clocks_may_differ_by_a_minute(someone: OidcBrowser, provider: OidcProvider) -> None:
    import time

    provider.token_changes = {"iat": int(time.time()) + 60, "exp": int(time.time()) + 360}
    assert someone.sign_in_there().status_code == 303
    someone.post("/logout")
    provider.token_changes = {"iat": int(time.time()) - 360, "exp": int(time.time()) - 60}
    assert someone.sign_in_there().status_code == 303


def test_a_token_without_a_signature_is_refused(
    someone: OidcBrowser, provider: OidcProvider
) -> None:
    provider.alg = "none"
    assert INVALID in someone.sign_in_there().text


def test_a_token_signed_with_the_secret_or_the_public_key_is_refused(
    someone: OidcBrowser, provider: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from joserfc import jwt
    from joserfc.jwk import OctKey

    public = provider.keys[0].as_pem(private=False)
    right = provider.id_token
    for secret in (CLIENT_SECRET.encode(), public):

        def forged(grant: Any, secret: bytes = secret) -> str:
            import base64
            import json

            body = right(grant).split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(body + "=="))
            header = {"alg": "HS256", "kid": provider.keys[0].kid}
            key = OctKey.import_key(base64.urlsafe_b64encode(secret).rstrip(b"=").decode())
            return jwt.encode(header, claims, key, algorithms=["HS256"])

        monkeypatch.setattr(provider, "id_token", forged)
        assert INVALID in someone.sign_in_there().text


def test_a_token_signed_by_somebody_else_is_refused(
    someone: OidcBrowser, provider: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = list(provider.keys)
    provider.rotate()
    provider.keys[0] = type(provider.keys[0]).import_key(
        provider.keys[0].as_dict(private=True) | {"kid": published[0].kid}
    )
    real = provider.keys
    someone.begin()

    class Keys(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            return iter(published)

    monkeypatch.setattr(provider, "keys", Keys(real))
    assert INVALID in someone.sign_in_there().text


@pytest.mark.parametrize("issuer", ["https://evil.test", ""])
def test_the_answer_of_another_provider_is_refused(
    someone: OidcBrowser, provider: OidcProvider, issuer: str
) -> None:
    """The mix-up attack, RFC 9207; this provider says that it always names itself."""
    back = changed(someone.begin(), iss=issuer or None)
    assert INVALID in someone.get(back).text
    assert "/token" not in [path for path, _ in provider.requests]  # the code went nowhere


def test_a_provider_that_calls_itself_otherwise_is_refused(
    someone: OidcBrowser, provider: OidcProvider
) -> None:
    provider.metadata_changes = {"issuer": "https://evil.test"}
    answer = someone.get("/login/oidc")
    assert answer.status_code == 503
    assert "does not answer" in answer.text
