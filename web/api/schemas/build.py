"""What schemas are made of."""

from __future__ import annotations

from typing import Any

from aggregator.types.limits import MAX_ID

Schema = dict[str, Any]


def object_of(text: str, /, *, optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "description": text,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def extended(name: str, base: Schema, text: str, /, **properties: Schema) -> Schema:
    """An object with the properties of another and more; `name`: that of the other."""
    return base | {
        "x-extends": name,
        "description": text,
        "properties": base["properties"] | properties,
        "required": [*base["required"], *properties],
    }


def string(text: str = "", **more: object) -> Schema:
    """A text."""
    return {"type": "string", **({"description": text} if text else {}), **more}


def integer(text: str = "", minimum: int = 0) -> Schema:
    """A whole number."""
    return {"type": "integer", "minimum": minimum, **({"description": text} if text else {})}


def flag(text: str) -> Schema:
    """True or false."""
    return {"type": "boolean", "description": text}


def row_id(text: str = "") -> Schema:
    """The id of an entry, a story or a feed."""
    return integer(text, 1) | {"maximum": MAX_ID}


def moment(text: str = "") -> Schema:
    """A time in ISO 8601."""
    return string(text, format="date-time")


def list_of(items: Schema, text: str = "") -> Schema:
    """A list of these."""
    return {"type": "array", "items": items, **({"description": text} if text else {})}


def or_null(schema: Schema) -> Schema:
    """One of these, or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [schema["type"], "null"]}


def ref(name: str) -> Schema:
    """Another schema, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


CURSOR = or_null(string("The `cursor` of the next page; null on the last one."))
SHARE = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
