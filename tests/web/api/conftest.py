"""A program with a token of Amina's that may make changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from aggregator.services.accounts import accounts, api_tokens
from aggregator.services.desk import topics
from aggregator.storage.engine import Database
from aggregator.types import LocalizedText, TokenScope, TopicContent, User
from tests.builders import NOW
from web.request.auth import now


class Program:
    """A client of the API, with a token and without cookies."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        """The answer to a question, which has to be a good one."""
        answer = self.client.get(f"/api/v1{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def send(self, path: str, **body: Any) -> TestResponse:
        """Ask for a change, as JSON."""
        return self.client.post(
            f"/api/v1{path}",
            data=json.dumps(body),
            content_type="application/json",
            headers=self.headers,
        )

    def change(self, path: str, **body: Any) -> Any:
        """The answer to a change, which has to be a good one."""
        answer = self.send(path, **body)
        assert answer.status_code == 200, answer.text
        return answer.get_json()


MakeProgram = Callable[..., Program]


@pytest.fixture
def make_program(app: Flask, newsroom: Database) -> MakeProgram:
    """A program of somebody's."""

    def make(name: str = "Amina", scope: TokenScope = "write") -> Program:
        with newsroom.write() as session:
            user = accounts.find(session, name)
            return Program(app, api_tokens.create_token(session, user, "x", now(), scope=scope))

    return make


@pytest.fixture
def program(make_program: MakeProgram) -> Program:
    """Amina's."""
    return make_program()


@pytest.fixture
def water(newsroom: Database) -> str:
    """A published topic with entry 1."""
    content = TopicContent("water", LocalizedText(ar="الماء"), rule="سدود", state="published")
    with newsroom.write_exclusive() as session:
        topics.create(session, User(2, "Brahim", "editor"), content, NOW)
    return "water"
