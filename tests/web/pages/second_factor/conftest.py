"""A site where passkeys work."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.conftest import MakeApp
from tests.web.pages.second_factor.factors import SITE


@pytest.fixture
def site(make_app: MakeApp) -> Flask:
    """A site whose address browsers allow passkeys for."""
    return make_app(base_url=SITE)
