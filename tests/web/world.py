"""An application with everything in it that routes name, which no request changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import current_app, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import TestResponse

from aggregator.boundary import Boundary
from aggregator.config import Settings, WebSettings
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from tests.builders import FAST_PASSWORDS
from tests.web.browser import PASSWORD, Browser
from tests.web.conftest import populate_newsroom
from tests.web.populate import populate
from tests.web.routes import Route, form_body, path_of, query_string
from web import create_app
from web.state import state_of

MAX_FAULTS = 20  # that are told


class RehearsedDatabase(Database):
    """A database that keeps nothing once `rehearsal` is set: each request finds the same world."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.rehearsal = Event()  # shared with copies of this object

    @contextmanager
    def write(self, *, lock_wait_s: float | None = None) -> Iterator[Session]:
        with super().write(lock_wait_s=lock_wait_s) as session:
            yield session
            if self.rehearsal.is_set():
                session.flush()
                session.get_transaction().rollback()  # type: ignore[union-attr]  # it was begun


class _Recorded(ImmutableMultiDict[str, str]):
    """Notes the names that views ask for."""

    def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        _note(key)
        return super().get(key, *args, **kwargs)

    def getlist(self, key: str, *args: Any, **kwargs: Any) -> Any:
        _note(key)
        return super().getlist(key, *args, **kwargs)

    def __contains__(self, key: object) -> bool:
        _note(str(key or ""))
        return super().__contains__(key)


def _note(name: str) -> None:
    if request.url_rule and name:
        current_app.config["ASKED"].add((request.url_rule.rule, name))


class World:
    """An application, an operator at it, and the requests that went wrong."""

    def __init__(self, database: RehearsedDatabase, root: str = "") -> None:
        """`root`: the path below which the site is served."""
        self.root = root
        self.on_sqlite = database.is_sqlite
        populate_newsroom(database)
        self.secrets = populate(database)
        web = WebSettings(
            base_url=f"https://marsad.ma{root}",
            registration="open",
            trusted_proxies=("127.0.0.1",),
        )
        self.app = create_app(Settings(web=web), database, FAST_PASSWORDS)
        self.app.testing = True
        # Thousands of searches from one address are what this is for.
        state_of(self.app).search_shares.use = lambda key, seconds: None  # type: ignore[method-assign]  # lifted
        self.asked: set[tuple[str, str]] = set()  # rule and name of a parameter, of all requests
        self.app.config["ASKED"] = self.asked
        self.app.request_class = type(
            "Recording", (self.app.request_class,), {"parameter_storage_class": _Recorded}
        )
        self.chaimae = Browser(self.app, root)
        assert self.chaimae.sign_in("Chaimae").status_code == 303
        confirmed = self.chaimae.post("/account/second-factor/confirm", password=PASSWORD)
        assert confirmed.status_code == 303
        self.csrf = self.chaimae.form_token()
        self.headers = {"Cookie": self.chaimae.get("/account").request.headers["Cookie"]}
        self.client = self.app.test_client(use_cookies=False)  # signing out is not kept either
        self.faults: list[str] = []
        self.expected: set[int] = set()  # of 500 and above
        self.database = database
        database.rehearsal.set()

    def send(
        self, method: str, rule: str, route: Route, headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> int:  # fmt: skip
        """The status of the answer; what our code raised is noted, and is 500."""
        headers = dict(headers or {})
        if rule.startswith("/api"):
            headers = {"Authorization": f"Bearer {self.secrets['TOKEN']}"} | headers
        if rule.startswith("/reader"):
            headers = {"Authorization": f"GoogleLogin auth={self.secrets['APP']}"} | headers
        path = path_of(rule, {k: self.secrets.get(v, v) for k, v in route.path.items()})
        if method == "POST" and rule.startswith("/api"):
            body = body or form_body(route.form)
        elif method == "POST" and not body:
            body = form_body({"csrf_token": self.csrf} | dict(route.form))
        with Boundary(f"{method} {path[:90]}") as boundary:
            answer = self.client.open(
                self.root + path, method=method, query_string=query_string(route.query),
                buffered=True, headers=self.headers | headers, **body,
            )  # fmt: skip
            self.observe(method, rule, answer)
            if answer.status_code >= 500 and answer.status_code not in self.expected:
                self.fault(method, path, route, headers, str(answer.status_code))
            return answer.status_code
        raised = f"{type(boundary.error).__name__}: {boundary.error}"
        return self.fault(method, path, route, headers, raised[:200])

    def observe(self, method: str, rule: str, answer: TestResponse) -> None:
        """Look at an answer; for tests that want more than its status."""

    def fault(self, method: str, path: str, route: Route, headers: object, what: str) -> int:
        values = (*route.query.items(), *route.form.items())
        sent = " ".join(f"{name}={value!r:.30}" for name, value in values)
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(f"{method} {path[:90]} {sent} {headers!r:.50}: {what}")
        return 500


@pytest.fixture(scope="module")
def sqlite_world(tmp_path_factory: pytest.TempPathFactory, _migrated_file: Path) -> Iterator[World]:
    path = tmp_path_factory.mktemp("world") / "marsad.db"
    shutil.copyfile(_migrated_file, path)
    with closing(RehearsedDatabase(f"sqlite:///{path}")) as database:
        yield World(database)


@pytest.fixture(scope="module")
def postgresql_world(postgresql: Callable[[str], str]) -> Iterator[World]:
    with closing(RehearsedDatabase(postgresql("world"))) as database:
        migrate(database)
        yield World(database)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.getfixturevalue(f"{request.param}_world")
    return made
