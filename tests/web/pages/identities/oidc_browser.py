"""A browser that signs in by a provider on loopback."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.oidc_provider import OidcProvider
from tests.web.browser import PASSWORD, Browser

# What pages say of a sign-in that does not count.
EXPIRED = "no longer valid"
INVALID = "could not be verified"
MakeOidcApp = Callable[..., Flask]


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


def changed(url: str, **parameters: str | None) -> str:
    """An address with other parameters."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | parameters
    return f"{parts.path}?{urlencode({k: v for k, v in query.items() if v is not None})}"
