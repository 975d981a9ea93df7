"""No value of any parameter of any route is answered with an error of ours."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web import world as worlds
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
    query_string,
)
from tests.web.world import World

FORM = "application/x-www-form-urlencoded"
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
pytestmark = pytest.mark.slow  # thousands of requests

world = worlds.world
sqlite_world = worlds.sqlite_world
postgresql_world = worlds.postgresql_world
PARTS = ("path", "query", "form")
PARAMETERS = [
    (method, rule, part, name)
    for (method, rule), route in ROUTES.items()
    for part in PARTS
    for name in getattr(route, part)
]
ANY_VALUE = st.one_of(
    st.text(st.characters()), st.binary(), st.integers().map(str), st.floats().map(str)
)


def variants(route: Route, chosen: Container[object] | None = None) -> Iterator[Route]:
    """The route with a hostile value in the place of one that is right, and of all at once.

    `chosen`: only with these values.
    """
    chosen = chosen or (*CORE, *NUMBERS, *QUERIES, *CURSORS, *TEXTS)
    named = [(part, name) for part in PARTS for name in getattr(route, part)]
    for part, name in named:
        for hostile in BY_NAME.get(name, CORE):
            if hostile in chosen:
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
        for name in (*route.query, *route.form, "csrf_token", "hl")
    } | {("/api/v1/topics/<slug>/entries", name) for name in NOT_IN_TOPICS}
    assert not world.asked - known, "\n".join(map(str, sorted(world.asked - known)))


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


@settings(max_examples=200, derandomize=True)
@given(st.sampled_from(PARAMETERS), ANY_VALUE)
def test_any_value(
    sqlite_world: World, parameter: tuple[str, str, str, str], value: str | bytes
) -> None:
    method, rule, part, name = parameter
    sqlite_world.faults.clear()
    sqlite_world.send(method, rule, _replaced(ROUTES[method, rule], [(part, name)], value))
    assert not sqlite_world.faults


@pytest.mark.parametrize("order", ["newest", "relevance"])
@pytest.mark.parametrize("rule", ["/search", "/api/v1/search"])
def test_hostile_cursors_of_both_orders(world: World, rule: str, order: str) -> None:
    world.faults.clear()
    for cursor in CURSORS:
        values = {"q": "السدود OR barrages", "order": order, "cursor": cursor}
        world.send("GET", rule, Route(query=values))
    assert not world.faults, "\n".join(world.faults)


@pytest.mark.parametrize(("method", "rule"), HEADER_ROUTES)
def test_one_hostile_header(sqlite_world: World, method: str, rule: str) -> None:
    sqlite_world.faults.clear()
    route = ROUTES[method, rule]
    for name, values in HEADERS.items():
        for value in values:
            sqlite_world.send(method, rule, route, {name: value})
    assert not sqlite_world.faults, "\n".join(sqlite_world.faults)


def test_hostile_bodies(sqlite_world: World) -> None:
    sqlite_world.faults.clear()
    for (method, rule), route in ROUTES.items():
        if method == "POST":
            for data, content_type in BODIES:
                sqlite_world.send(method, rule, route, data=data, content_type=content_type)
    assert not sqlite_world.faults, "\n".join(sqlite_world.faults)


def test_every_method(sqlite_world: World) -> None:
    sqlite_world.faults.clear()
    for (method, rule), route in ROUTES.items():
        for other in METHODS:
            if other != method:
                sqlite_world.send(other, rule, route)
    assert not sqlite_world.faults, "\n".join(sqlite_world.faults)


def test_values_twice_and_names_that_nobody_knows(sqlite_world: World) -> None:
    sqlite_world.faults.clear()
    for (method, rule), route in ROUTES.items():
        more = {"": "", "\0": "\0", "[]": "1", "a[b]": "1", "_method": "PUT"}
        sqlite_world.send(method, rule, replace(route, query=dict(route.query) | more))
        form = "&".join(2 * [query_string({"csrf_token": sqlite_world.csrf} | dict(route.form))])
        sqlite_world.send(method, rule, route, data=form, content_type=FORM)
    assert not sqlite_world.faults, "\n".join(sqlite_world.faults)
