"""The OpenAPI document for people: what the page /api and docs/api.md show of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from web.api.bodies import JSON

Schema = Mapping[str, Any]

_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, field or status, and what it is."""

    name: str
    text: str
    kind: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """A method of an address. Texts have `code`."""

    method: str
    path: str
    """As the documentation writes addresses: /entries/ID."""
    summary: str
    text: str
    access: str
    """Who may: "open", "read" (a token is needed) or "write"."""
    parameters: tuple[Row, ...]
    fields: tuple[Row, ...]
    """Of the body."""
    example: str
    """A body that works, as JSON; empty without a body."""
    answer: str
    """The shape of the answer."""
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownObject:
    """An object that answers have."""

    name: str
    text: str
    fields: tuple[Row, ...]
    base: str
    """The object that it has all fields of, too; or empty."""


def list_operations(document: Mapping[str, Any]) -> Iterator[ShownOperation]:
    """All operations, by address."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield _operation(document, path, method.upper(), operation)


def list_objects(document: Mapping[str, Any]) -> Iterator[ShownObject]:
    """The objects that other or several answers have, in the order of the document."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        if name in _shared(schemas):
            base = schema.get("x-extends", "")
            inherited = schemas[base]["properties"] if base else ()
            rows = (row for row in _rows(schema) if row.name not in inherited)
            fields = tuple(replace(row, required=False) for row in rows)
            yield ShownObject(name, schema["description"], fields, base)


def _shared(schemas: Mapping[str, Schema]) -> set[str]:
    """The schemas that others refer to or extend, and those that extend."""
    extending = {name for name, schema in schemas.items() if "x-extends" in schema}
    return extending | set(re.findall(r'schemas/(\w+)"', json.dumps(schemas)))


def list_statuses(document: Mapping[str, Any]) -> tuple[Row, ...]:
    """What each status of an error means."""
    found = {
        status: answer["description"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if status >= "300"
    }
    return tuple(Row(status, text) for status, text in sorted(found.items()))


def _operation(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]
) -> ShownOperation:
    schemas = document["components"]["schemas"]
    security = operation["security"]
    content = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    answer = operation["responses"]["200"]["content"][JSON]["schema"]["$ref"].rpartition("/")[2]
    return ShownOperation(
        method=method,
        path=_VARIABLE.sub(lambda found: found[1].rpartition("_")[2].upper(), path),
        summary=operation["summary"],
        text=operation.get("description", ""),
        access="open" if {} in security else security[0]["token"][0],
        parameters=tuple(
            Row(each["name"], each["description"], required=each.get("required", False))
            for each in operation.get("parameters", ())
            if each["in"] == "query"
        ),
        fields=tuple(_rows(content.get("schema", {}))),
        example=json.dumps(content["example"], ensure_ascii=False) if "example" in content else "",
        answer=answer if answer in _shared(schemas) else _shape(schemas[answer]),
        statuses=tuple(operation["responses"]),
    )


def _rows(schema: Schema) -> Iterator[Row]:
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        text = " ".join(filter(None, (each.get("description", ""), *_limits(each))))
        yield Row(name, text, _kind(each), name in required)


def _limits(schema: Schema) -> Iterator[str]:
    """What values a field may have, beyond its kind."""
    if "enum" in schema:
        yield f"One of {', '.join(f'`{value}`' for value in schema['enum'])}."
    if "maxItems" in schema:
        yield f"At most {schema['maxItems']}."
    if "default" in schema:
        yield f"`{json.dumps(schema['default'])}` unless given."


def _kind(schema: Schema) -> str:
    """The kind of a value in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if schema["type"] == "array":
        return f"list of {_kind(schema['items'])}"
    if schema["type"] == "object":
        return _shape(schema)
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if schema.get("format") == "date-time":
        kinds = ["time" if kind == "string" else kind for kind in kinds]
    return " or ".join(kinds)


def _shape(schema: Schema) -> str:
    """An object as it looks: {"entries": [Entry], "next_cursor"}."""
    members = [
        f'"{name}"{_shape_of_value(each)}' for name, each in schema.get("properties", {}).items()
    ]
    return "{" + ", ".join(members or ["…"]) + "}"


def _shape_of_value(schema: Schema) -> str:
    if "$ref" in schema:
        return f": {_kind(schema)}"
    if schema.get("type") == "array":
        inside = _shape_of_value(schema["items"]).removeprefix(": ")
        return f": [{inside}]"
    if schema.get("type") == "object":
        return f": {_shape(schema)}"
    return ""
