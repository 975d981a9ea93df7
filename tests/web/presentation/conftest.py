"""An application that speaks, without a database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from web import presentation
from web.request import i18n, list_context


@pytest.fixture
def app() -> Flask:
    app = Flask("web")
    app.add_url_rule("/", "entries.index")
    app.add_url_rule("/mine", "entries.mine")
    app.add_url_rule("/sources/<slug>", "sources.show")
    i18n.init_app(app)
    list_context.init_app(app)
    presentation.init_app(app)
    return app


@pytest.fixture
def arabic(app: Flask) -> Iterator[None]:
    with app.test_request_context("/", headers={"Accept-Language": "ar"}):
        yield


@pytest.fixture
def french(app: Flask) -> Iterator[None]:
    with app.test_request_context("/", headers={"Accept-Language": "fr"}):
        yield


@pytest.fixture
def english(app: Flask) -> Iterator[None]:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        yield
