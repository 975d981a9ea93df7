"""The OpenAPI document says what the routes do, and docs/api.md and /api what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import api_reference
import jsonschema_rs
import pytest
from flask import Flask

from tests.web import world as worlds
from tests.web.browser import Browser
from tests.web.routes import ROUTES, path_of, query_string
from tests.web.world import World
from web.api import openapi

sqlite_world = worlds.sqlite_world

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
API = {key: route for key, route in ROUTES.items() if key[1].startswith(openapi.PREFIX)}
OF_READERS = ("unread", "starred", "tag")


@pytest.fixture(scope="module")
def document(sqlite_world: World) -> dict[str, Any]:
    answer = sqlite_world.client.get("/api/v1/openapi.json")
    found = answer.get_json()
    assert isinstance(found, dict)
    return found


def operation(document: dict[str, Any], method: str, rule: str) -> dict[str, Any]:
    path = openapi._VARIABLE.sub(r"{\2}", rule.removeprefix(openapi.PREFIX))
    found = document["paths"][path][method.lower()]
    assert isinstance(found, dict)
    return found


def faults(document: dict[str, Any], schema: dict[str, Any], value: object) -> list[str]:
    whole = schema | {"components": document["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(value)]


def test_it_has_every_route_and_no_other(document: dict[str, Any]) -> None:
    described = [
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    ]
    assert sorted(described) == sorted(
        (method, openapi._VARIABLE.sub(r"{\2}", rule.removeprefix(openapi.PREFIX)))
        for method, rule in API
    )
    names = [
        each["operationId"] for methods in document["paths"].values() for each in methods.values()
    ]
    assert len(names) == len(set(names))


# This world has no story of two sources; tests/web/pages/test_insights.py has.
EMPTY = ["/api/v1/insights/stories"]


@pytest.mark.parametrize(("method", "rule"), API)
def test_it_has_the_parameters_that_a_route_takes(
    document: dict[str, Any], method: str, rule: str
) -> None:
    """That the table has those which the views ask for is tested with hostile values."""
    found = operation(document, method, rule)
    by_place: dict[str, set[str]] = {"path": set(), "query": set()}
    for each in found.get("parameters", ()):
        by_place[each["in"]].add(each["name"])
    route = API[method, rule]
    assert by_place == {"path": set(route.path), "query": set(route.query)}
    content = found.get("requestBody", {"content": {}})["content"]
    fields = [set(kind["schema"]["properties"]) for kind in content.values()]
    assert fields == [set(route.form)] * (2 if method == "POST" else 0)


@pytest.mark.parametrize(("method", "rule"), API)
@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("narrowed", [True, False])
def test_answers_are_as_described(
    sqlite_world: World,
    document: dict[str, Any],
    method: str,
    rule: str,
    signed_in: bool,
    narrowed: bool,
) -> None:
    route, found = API[method, rule], operation(document, method, rule)
    query = {
        name: value
        for name, value in route.query.items()
        if name == "q" or (narrowed and (signed_in or name not in OF_READERS))
    }
    token = {"Authorization": f"Bearer {sqlite_world.secrets['TOKEN']}"}
    answer = sqlite_world.client.open(
        path_of(rule, route.path),
        method=method,
        query_string=query_string(query),
        data=dict(route.form),
        headers=token if signed_in else {},
    )
    schema = found["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
    body = answer.get_json()
    assert faults(document, schema, body) == []
    is_open = {} in found["security"]
    assert answer.status_code == (200 if signed_in or is_open else 401)
    if not narrowed and is_open and "next_cursor" in body and rule not in EMPTY:
        assert next(iter(body.values())), "nothing was compared"


def objects(value: Any) -> Iterator[Any]:
    """All objects in an answer."""
    if isinstance(value, list):
        for each in value:
            yield from objects(each)
    elif isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)


def test_objects_have_what_is_described_and_nothing_else(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for each in objects(schema):
            if each.get("type") == "object" and name != "OpenApi":
                assert each["additionalProperties"] is False, name
                assert set(each["required"]) <= set(each["properties"]), name


def test_the_examples_are_right(sqlite_world: World, document: dict[str, Any]) -> None:
    token = {"Authorization": f"Bearer {sqlite_world.secrets['TOKEN']}"}
    tried = 0
    for method, rule in API:
        if method == "POST":
            content = operation(document, method, rule)["requestBody"]["content"]
            example = content["application/json"]["example"]
            assert faults(document, content["application/json"]["schema"], example) == []
            answer = sqlite_world.client.post(rule, json=example, headers=token)
            assert answer.status_code == 200, answer.text
            tried += 1
    assert tried == 5


def test_it_is_a_document_of_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "https://marsad.ma/api/v1"}]
    for name, schema in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name
    for methods in document["paths"].values():
        for method, each in methods.items():
            scopes = {scope for way in each["security"] for scope in way.get("token", ())}
            assert scopes == ({"write"} if method == "post" else {"read"})


def test_the_docs_are_current(sqlite_world: World) -> None:
    app = sqlite_world.app
    made = api_reference.page(openapi.build(app.url_map, app.view_functions, api_reference.SITE))
    assert PAGE.read_text("utf-8") == made, "run: make api-docs"


def test_an_undeclared_view_is_noticed() -> None:
    app = Flask("x")
    app.add_url_rule("/api/v1/new", view_func=lambda: "")
    with pytest.raises(KeyError):
        openapi.build(app.url_map, app.view_functions, "")


def test_the_page_shows_every_operation(driss: Browser, document: dict[str, Any]) -> None:
    driss.get("/language/en")
    page = driss.get("/api").text
    for path, methods in document["paths"].items():
        for method, each in methods.items():
            shown = path.replace("{entry_id}", "ID").replace("{story_id}", "ID")
            assert f"{method.upper()} /api/v1{shown.replace('{slug}', 'SLUG')}</code>" in page
            assert each["summary"].partition("`")[0] in page
    assert 'href="/api/v1/openapi.json"' in page
    assert "<code>next_cursor</code>" in page
    assert "`" not in page.partition("<main")[2].partition("</main>")[0]
