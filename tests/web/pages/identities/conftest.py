"""A provider on loopback, and sites that trust it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from aggregator.config import Settings
from aggregator.config.schema import OidcModel, PollingModel
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    LOOPBACK,
    OidcProvider,
    running_provider,
)
from tests.web.pages.identities.oidc_browser import MakeOidcApp, OidcBrowser
from web import create_app


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


@pytest.fixture
def someone(make: MakeOidcApp, provider: OidcProvider) -> OidcBrowser:
    return OidcBrowser(make(), provider)
