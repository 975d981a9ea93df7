"""No value of any parameter of any route is answered with an error of ours."""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import request
from sqlalchemy.orm import Session
from werkzeug.datastructures import ImmutableMultiDict

from aggregator.config import Settings, WebSettings
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from tests.builders import FAST_PASSWORDS
from tests.web.browser import Browser
from tests.web.conftest import populate_newsroom
from tests.web.hostile_values import (
    BODIES,
    BY_NAME,
    CORE,
    CURSORS,
    HEADERS,
    NUMBERS,
    QUERIES,
    STORED,
    TEXTS,
)
from tests.web.routes import (
    NOT_IN_TOPICS,
    ROUTES,
    Route,
    form_body,
    path_of,
    populate,
    query_string,
)
from web import create_app

FORM = "application/x-www-form-urlencoded"
MAX_FAULTS = 20  # that are told
METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS", "FOO")
HEADER_ROUTES = (
    ("GET", "/"),
    ("POST", "/entries/read"),
    ("POST", "/preferences"),
    ("GET", "/api/v1/entries"),
    ("GET", "/topics/<slug>.atom"),
    ("GET", "/static/<path:filename>"),
    ("POST", "/websub/<token>"),
)


class RehearsedDatabase(Database):
    """A database that keeps nothing from `rehearsing` on: each request finds the same world."""

    rehearsing = False

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            yield session
            if self.rehearsing:
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


ASKED: set[tuple[str, str]] = set()
"""(rule, name of a parameter), of all requests so far."""


def _note(name: str) -> None:
    if request.url_rule and name:
        ASKED.add((request.url_rule.rule, name))


class World:
    """An application, an operator at it, and the requests that went wrong."""

    def __init__(self, database: RehearsedDatabase) -> None:
        self.on_sqlite = database.is_sqlite
        populate_newsroom(database)
        self.secrets = populate(database)
        web = WebSettings(base_url="https://marsad.ma", registration="open", trusted_proxies=1)
        self.app = create_app(Settings(web=web), database, FAST_PASSWORDS)
        self.app.testing = True
        self.app.request_class = type(
            "Recording", (self.app.request_class,), {"parameter_storage_class": _Recorded}
        )
        self.chaimae = Browser(self.app)
        assert self.chaimae.sign_in("Chaimae").status_code == 303
        self.csrf = self.chaimae.form_token()
        self.headers = {"Cookie": self.chaimae.get("/account").request.headers["Cookie"]}
        self.client = self.app.test_client(use_cookies=False)  # signing out is not kept either
        self.faults: list[str] = []
        database.rehearsing = True

    def send(
        self, method: str, rule: str, route: Route, headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> int:  # fmt: skip
        """The status of the answer; what our code raised is noted, and is 500."""
        headers = dict(headers or {})
        if rule.startswith("/api"):
            headers = {"Authorization": f"Bearer {self.secrets['TOKEN']}"} | headers
        path = path_of(rule, {k: self.secrets.get(v, v) for k, v in route.path.items()})
        if method == "POST" and not body:
            body = form_body({"csrf_token": self.csrf} | dict(route.form))
        try:
            answer = self.client.open(
                path, method=method, query_string=query_string(route.query), buffered=True,
                headers=self.headers | headers, **body,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001  # whatever it is
            return self.fault(
                method, path, route, headers, f"{type(error).__name__}: {error}"[:200]
            )
        if answer.status_code >= 500:
            return self.fault(method, path, route, headers, str(answer.status_code))
        return answer.status_code

    def fault(self, method: str, path: str, route: Route, headers: object, what: str) -> int:
        values = (*route.query.items(), *route.form.items())
        sent = " ".join(f"{name}={value!r:.30}" for name, value in values)
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(f"{method} {path[:90]} {sent} {headers!r:.50}: {what}")
        return 500


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("hostile") / "marsad.db"
        shutil.copyfile(request.getfixturevalue("_migrated_file"), path)
        database = RehearsedDatabase(f"sqlite:///{path}")
    else:
        database = RehearsedDatabase(request.getfixturevalue("postgresql")("hostile"))
        migrate(database)
    with closing(database):
        yield World(database)


PARTS = ("path", "query", "form")


def variants(route: Route, chosen: Container[object] | None = None) -> Iterator[Route]:
    """The route with a hostile value in the place of one that is right, and of all at once.

    `chosen`: only with these values, and with hostile cursors.
    """
    chosen = chosen or (*CORE, *NUMBERS, *QUERIES, *TEXTS)
    named = [(part, name) for part in PARTS for name in getattr(route, part)]
    for part, name in named:
        for hostile in BY_NAME.get(name, CORE):
            if hostile in chosen or name == "cursor":
                yield _replaced(route, [(part, name)], hostile)
    for hostile in TEXTS:
        if named and hostile in chosen:
            yield _replaced(
                route, [(part, name) for part, name in named if part != "path"], hostile
            )


def _replaced(route: Route, names: Iterable[tuple[str, str]], value: str | bytes) -> Route:
    parts = {part: dict(getattr(route, part)) for part in PARTS}
    for part, name in names:
        parts[part][name] = value
    return Route(**parts)


def test_the_table_has_every_route(world: World) -> None:
    rules = {
        (method, rule.rule)
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or ()) - {"HEAD", "OPTIONS"}
    }
    assert rules == set(ROUTES)


def test_the_table_is_right(world: World) -> None:
    """What is hostile below differs from a request that is answered in one value only."""
    wrong = [
        (method, rule, status)
        for (method, rule), route in ROUTES.items()
        if (status := world.send(method, rule, route)) != (route.status or status)
        or (status >= 400 and not route.status)
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_the_table_has_every_parameter(world: World) -> None:
    for (method, rule), route in ROUTES.items():
        world.send(method, rule, route)
    known = {
        (rule, name)
        for (_, rule), route in ROUTES.items()
        for name in (*route.query, *route.form, "csrf_token")
    } | {("/api/v1/topics/<slug>/entries", name) for name in NOT_IN_TOPICS}
    assert not ASKED - known, "\n".join(map(str, sorted(ASKED - known)))


@pytest.mark.parametrize(("method", "rule"), ROUTES)
def test_one_hostile_value(world: World, method: str, rule: str) -> None:
    world.faults.clear()
    route = ROUTES[method, rule]
    for variant in variants(route, None if world.on_sqlite else STORED):
        world.send(method, rule, variant)
    assert not world.faults, "\n".join(world.faults)
    status = world.send(method, rule, route)
    assert status == (route.status or status)
    assert route.status or status < 400


@pytest.mark.parametrize("order", ["newest", "relevance"])
@pytest.mark.parametrize("rule", ["/search", "/api/v1/search"])
def test_hostile_cursors_of_both_orders(world: World, rule: str, order: str) -> None:
    world.faults.clear()
    for cursor in CURSORS:
        values = {"q": "السدود OR barrages", "order": order, "cursor": cursor}
        world.send("GET", rule, Route(query=values))
    assert not world.faults, "\n".join(world.faults)


@pytest.mark.parametrize(("method", "rule"), HEADER_ROUTES)
def test_one_hostile_header(world: World, method: str, rule: str) -> None:
    world.faults.clear()
    route = ROUTES[method, rule]
    for name, values in HEADERS.items():
        for value in values:
            world.send(method, rule, route, {name: value})
    assert not world.faults, "\n".join(world.faults)


def test_hostile_bodies(world: World) -> None:
    world.faults.clear()
    for (method, rule), route in ROUTES.items():
        if method == "POST":
            for data, content_type in BODIES:
                world.send(method, rule, route, data=data, content_type=content_type)
    assert not world.faults, "\n".join(world.faults)


def test_every_method(world: World) -> None:
    world.faults.clear()
    for (method, rule), route in ROUTES.items():
        for other in METHODS:
            if other != method:
                world.send(other, rule, route)
    assert not world.faults, "\n".join(world.faults)


def test_values_twice_and_names_that_nobody_knows(world: World) -> None:
    world.faults.clear()
    for (method, rule), route in ROUTES.items():
        more = {"": "", "\0": "\0", "[]": "1", "a[b]": "1", "_method": "PUT"}
        world.send(method, rule, replace(route, query=dict(route.query) | more))
        form = "&".join(2 * [query_string({"csrf_token": world.csrf} | dict(route.form))])
        world.send(method, rule, route, data=form, content_type=FORM)
    assert not world.faults, "\n".join(world.faults)
