"""An application on either database, and the phone of a reader who follows two sources."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from aggregator.config import Settings, WebSettings
from aggregator.services.accounts import accounts, app_passwords
from aggregator.services.reading import following
from aggregator.storage.engine import Database
from aggregator.types import User
from tests.builders import FAST_PASSWORDS, NOW
from tests.web.conftest import populate_newsroom
from web import create_app

READING_LIST = "user/-/state/com.google/reading-list"
READ = "user/-/state/com.google/read"
STARRED = "user/-/state/com.google/starred"
HESPRESS, MEDIAS, KAPITALIS = "feed/10", "feed/20", "feed/30"


class Phone:
    """An app that has signed in."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client(use_cookies=False)
        self.token = token

    def open(self, path: str, method: str = "GET", **values: Any) -> TestResponse:
        headers = {"Authorization": f"GoogleLogin auth={self.token}"} | values.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, buffered=True, **values)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.open(f"/reader/api/0/{path}", query_string=query)

    def json(self, path: str, **query: Any) -> Any:
        answer = self.get(path, output="json", **query)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def post(self, path: str, **form: Any) -> TestResponse:
        return self.open(f"/reader/api/0/{path}", "POST", data=form)

    def write(self, path: str, **form: Any) -> None:
        answer = self.post(path, **form)
        assert (answer.status_code, answer.text) == (200, "OK"), answer.text

    def ids(self, stream: str = READING_LIST, **query: Any) -> list[int]:
        found = self.json("stream/items/ids", s=stream, **{"n": 1000} | query)
        return [int(each["id"]) for each in found["itemRefs"]]

    def items(self, stream: str = READING_LIST, **query: Any) -> list[Any]:
        found: list[Any] = self.json(f"stream/contents/{quote(stream, safe='')}", **query)["items"]
        return found


@pytest.fixture
def site(database: Database) -> Flask:
    """The newsroom, on SQLite and PostgreSQL."""
    populate_newsroom(database)
    settings = Settings(web=WebSettings(base_url="https://marsad.ma"))
    app = create_app(settings, database, FAST_PASSWORDS)
    app.testing = True
    return app


@pytest.fixture
def amina(site: Flask, database: Database) -> User:
    """A reader who follows Hespress and Médias24, and has read nothing."""
    with database.write() as session:
        user = accounts.find(session, "Amina")
        for slug in ("hespress", "medias24"):
            following.follow(session, user, slug, NOW, as_before=True)
    return user


def sign_in(database: Database, user: User, now: datetime = NOW) -> str:
    """The token of a new app of a user."""
    with database.write() as session:
        password = app_passwords.create(session, user, "phone", now)
    return app_passwords.sign_in(
        database, FAST_PASSWORDS, user.name, password, address="192.0.2.1", now=now
    )


@pytest.fixture
def phone(site: Flask, database: Database, amina: User) -> Phone:
    """Amina's phone."""
    return Phone(site, sign_in(database, amina))
