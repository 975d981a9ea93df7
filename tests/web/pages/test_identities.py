"""Signing in by a provider: the whole way, over loopback, and what must not get through."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from aggregator.config import Settings
from aggregator.config.schema import OidcModel, PollingModel
from aggregator.storage.engine import Database
from aggregator.storage.models import IdentityRow, SignInFlowRow, UserRow, UserSession
from tests.builders import FAST_PASSWORDS
from tests.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    LOOPBACK,
    OidcProvider,
    running_provider,
)
from tests.web.browser import PASSWORD, Browser
from web import create_app

MakeOidcApp = Callable[..., Flask]
EXPIRED = "no longer valid"
INVALID = "could not be verified"


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def make(newsroom: Database, provider: OidcProvider) -> MakeOidcApp:
    """An application with this provider; keywords are settings of [oidc]."""

    def make_app(**oidc: Any) -> Flask:
        values = {
            "issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "create_accounts": True, "name": "Provider",
        } | oidc  # fmt: skip
        settings = Settings(
            oidc=OidcModel.model_validate(values), polling=PollingModel(allow_networks=LOOPBACK)
        )
        app = create_app(settings, newsroom, FAST_PASSWORDS)
        app.testing = True
        return app

    return make_app


class OidcBrowser(Browser):
    """A browser that reads English and walks to the provider and back."""

    def __init__(self, app: Flask, provider: OidcProvider) -> None:
        super().__init__(app)
        self.provider = provider
        self.client.set_cookie("marsad_lang", "en")

    def begin(self, url: str = "/login/oidc") -> str:
        """Follow the link on the sign-in page; the way back from the provider."""
        answer = self.get(url)
        assert answer.status_code == 303, answer.text
        return self.provider.walk(answer.location)

    def sign_in_there(self, url: str = "/login/oidc") -> TestResponse:
        """Sign in by the provider."""
        return self.get(self.begin(url))

    def user(self) -> str:
        """The name that pages show; empty for a stranger."""
        page = self.get("/account")
        return page.text.partition('<p class="intro"><bdi>')[2].partition("<")[0]

    def link(self) -> TestResponse:
        """Link the identity at the provider to the account."""
        page = self.post("/account/identities/link", password=PASSWORD)
        url = page.text.partition('content="0; url=')[2].partition('"')[0].replace("&amp;", "&")
        return self.get(self.provider.walk(url))


@pytest.fixture
def someone(make: MakeOidcApp, provider: OidcProvider) -> OidcBrowser:
    return OidcBrowser(make(), provider)


def changed(url: str, **parameters: str | None) -> str:
    """An address with other parameters."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | parameters
    return f"{parts.path}?{urlencode({k: v for k, v in query.items() if v is not None})}"


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


# --- what must not get through ---------------------------------------------------------------


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


# --- a provider with troubles ----------------------------------------------------------------


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


# --- roles -----------------------------------------------------------------------------------


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


# --- linking ---------------------------------------------------------------------------------


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


# --- without a password ----------------------------------------------------------------------


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


# --- signing out -----------------------------------------------------------------------------


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


def test_without_a_provider_there_are_no_such_pages(driss: Browser, amina: Browser) -> None:
    assert driss.get("/login/oidc").status_code == 404
    assert driss.get("/login/oidc/callback").status_code == 404
    assert amina.post("/account/identities/link").status_code == 404
    assert "organisation" not in amina.get("/account?hl=en").text


def test_beginning_is_limited(someone: OidcBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from aggregator.services.accounts import rate_limits

    limit = rate_limits.RateLimit(2, timedelta(minutes=15))
    monkeypatch.setattr(rate_limits, "PROVIDER_SIGN_INS_PER_ADDRESS", limit)
    for _ in range(2):
        assert someone.get("/login/oidc").status_code == 303
    assert someone.get("/login/oidc").status_code == 429
