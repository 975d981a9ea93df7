"""The OpenAPI 3.1 document of the API, made of the URL map and the declarations of the views."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from werkzeug.routing import Map, Rule

from aggregator.types.limits import MAX_ID, MAX_SLUG
from web.api.bodies import FORM, JSON, SLUG_PATTERN, Field
from web.api.operations import Operation, operation_of
from web.api.schemas import SCHEMAS

PREFIX = "/api/v1"
VERSION = "1.1.0"

_ABOUT = """
News as JSON, and changes to what you have read, starred, tagged and follow.

If reading is public, `GET` needs no account. Otherwise, and for everything that is yours, send
`Authorization: Bearer TOKEN` with a token from your account page or from `marsad user token NAME`;
`GET` also accepts the cookie of a signed-in browser. A token that is not valid is answered 401,
even where reading is public.

A token has a scope. With `read` it reads. With `write` it also makes changes: every `POST` needs
it, and never accepts a cookie. Tokens are made with `read` unless asked otherwise.

Times are ISO 8601 in UTC. Lists take `limit` and `cursor` and answer `next_cursor`. Parameters
combine. An unknown parameter or field is an error, never ignored.

Changes can be sent again: what is already so stays so. A body is JSON or a form, at most 256 KiB;
a form has commas between the items of a list, and `1` and `0` for true and false.

Searches and changes cost the processor time that they take, at least a tenth of a second each. An
address, or an account with its token, has ten seconds of it for searches and ten for changes, and
a quarter of a second comes back every second: beyond that, 429 with `Retry-After`.
"""

_STATUS_TEXTS = {
    301: "It was merged into the story at `Location`.",
    304: "Nothing has changed since the answer with the `ETag` in `If-None-Match`.",
    400: "A parameter or field is unknown, missing or invalid; the message names it.",
    401: "A token is needed, or the one sent is not valid.",
    403: "The token does not have the scope `write`.",
    404: "It does not exist.",
    410: "Editors deleted the topic.",
    413: "The body has more than 256 KiB.",
    415: "The body is neither JSON nor a form.",
    429: "Too much was asked for; try again after `Retry-After` seconds.",
    503: "The database is busy or unreachable, or the request takes far too long (`costly`, "
    "`research_costly`).",
}
_OF_METHOD = {"GET": (304, 400, 401, 503), "POST": (400, 401, 403, 413, 415, 429, 503)}
_VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")
_PATH_SCHEMAS = {
    "int": {"type": "integer", "minimum": 1, "maximum": MAX_ID},
    "": {"type": "string", "pattern": f"^{SLUG_PATTERN}$", "maxLength": MAX_SLUG},
}


def build(url_map: Map, views: Mapping[str, Callable[..., Any]], base_url: str) -> dict[str, Any]:
    """The document for a site at `base_url`; `views` by endpoint. KeyError: one is undeclared."""
    paths: dict[str, dict[str, Any]] = {}
    for rule, method in sorted(_operations(url_map), key=lambda each: (each[0].rule, each[1])):
        view = views[rule.endpoint]
        path = _VARIABLE.sub(r"{\2}", rule.rule.removeprefix(PREFIX))
        paths.setdefault(path, {})[method.lower()] = _operation(rule, method, view)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Marsad", "version": VERSION, "description": about()},
        "servers": [{"url": f"{base_url}{PREFIX}"}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token from the account page, with the scope read or write.",
                }
            },
        },
    }


def about() -> str:
    """What holds for all operations: paragraphs, each on one line."""
    return "\n\n".join(" ".join(each.split()) for each in _ABOUT.strip().split("\n\n"))


def _operations(url_map: Map) -> Iterator[tuple[Rule, str]]:
    for rule in url_map.iter_rules():
        if rule.rule.startswith(f"{PREFIX}/"):
            for method in (rule.methods or set()) & _OF_METHOD.keys():
                yield rule, method


def _operation(rule: Rule, method: str, view: Callable[..., Any]) -> dict[str, Any]:
    declared = operation_of(view)
    summary = (view.__doc__ or "").partition("\n")[0]
    documented: dict[str, Any] = {
        "operationId": rule.endpoint.removeprefix("api_v1.").replace(".", "_"),
        "summary": summary,
    }
    if declared.text:
        documented["description"] = declared.text
    documented["security"] = _security(declared, method)
    if parameters := [*_path_parameters(rule), *_query_parameters(declared)]:
        documented["parameters"] = parameters
    if declared.body:
        documented["requestBody"] = _body(declared)
    documented["responses"] = _responses(declared, method)
    return documented


def _security(declared: Operation, method: str) -> list[dict[str, list[str]]]:
    """The alternatives; the scope that a token needs stands where OpenAPI has roles."""
    if method == "POST":
        return [{"token": ["write"]}]
    token = {"token": ["read"]}
    return [token] if declared.personal else [{}, token]


def _path_parameters(rule: Rule) -> Iterator[dict[str, Any]]:
    for converter, name in _VARIABLE.findall(rule.rule):
        schema = _PATH_SCHEMAS[converter]
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(declared: Operation) -> Iterator[dict[str, Any]]:
    for each in declared.query:
        required = {"required": True} if each.required else {}
        yield {
            "name": each.name,
            "in": "query",
            "description": each.text,
            **required,
            "schema": dict(each.schema),
        }


def _body(declared: Operation) -> dict[str, Any]:
    content = {
        JSON: {"schema": _body_schema(declared, lambda field: field.schema)},
        FORM: {"schema": _body_schema(declared, lambda field: field.form_schema)},
    }
    if declared.example is not None:
        content[JSON]["example"] = dict(declared.example)
    return {"required": True, "content": content}


def _body_schema(
    declared: Operation, schema_of: Callable[[Field[Any]], Mapping[str, Any]]
) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            field.name: {"description": field.text, **schema_of(field)} for field in declared.body
        },
        "additionalProperties": False,
    }
    if required := [field.name for field in declared.body if field.required]:
        schema["required"] = required
    if declared.one_of:
        schema["anyOf"] = [{"required": [name]} for name in declared.one_of]
    return schema


def _responses(declared: Operation, method: str) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {
            "description": "Done." if method == "POST" else "Found.",
            "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{declared.answer}"}}},
        }
    }
    for status in sorted({*_OF_METHOD[method], *declared.statuses}):
        answers[str(status)] = {"description": _STATUS_TEXTS[status]}
        if status >= 400:
            schema = {"$ref": "#/components/schemas/Error"}
            answers[str(status)]["content"] = {JSON: {"schema": schema}}
    return answers
