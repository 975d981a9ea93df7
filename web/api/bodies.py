"""The bodies of changes, as JSON or as a form: each field is declared with how it is read.

A form writes a list with commas between, and on and off as "1" and "0".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from flask import abort, request
from werkzeug.exceptions import BadRequest

from aggregator.services.reading.tagging import clean_tag, split_tags
from aggregator.types.limits import MAX_ID, MAX_TAG, is_id, is_slug
from web.request.params import invalid_param

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

SLUG_PATTERN = "[a-z0-9]+(-[a-z0-9]+)*"
# As RFC 3339 writes a time.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_ID = re.compile("[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Field(Generic[T_co]):
    """A field of a body. Its readers raise ValueError for a value that is none of `allowed`."""

    name: str
    text: str
    allowed: str
    schema: Mapping[str, Any]
    """As JSON."""
    form_schema: Mapping[str, Any]
    """As a field of a form."""
    from_json: Callable[[Any], T_co]
    from_form: Callable[[str], T_co]
    default: T_co | None = None
    required: bool = False


class Values:
    """The fields of a body that was read."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, field: Field[T]) -> T:
        value: T = self._values[field.name]
        return value

    def get(self, field: Field[T]) -> T | None:
        """The value of a field that may be left out and has no default."""
        return self._values.get(field.name)


def read_body(fields: Sequence[Field[Any]]) -> Values:
    """Read the body of this request. Raises InvalidInput, and 415 for another media type."""
    given = _json() if request.mimetype == JSON else _form()
    for name in given:
        if name not in {field.name for field in fields}:
            known = ", ".join(field.name for field in fields)
            raise invalid_param(str(name), f"no such field; the fields are: {known}")
    values = {field.name: _read(field, given) for field in fields}
    return Values({name: value for name, value in values.items() if value is not None})


def _read(field: Field[T], given: Mapping[str, Any]) -> T | None:
    if field.name not in given:
        if field.required:
            raise invalid_param(field.name, field.allowed)
        return field.default
    read = field.from_json if request.mimetype == JSON else field.from_form
    try:
        return read(given[field.name])
    except (ValueError, OverflowError):
        raise invalid_param(field.name, field.allowed) from None


def _json() -> Mapping[str, Any]:
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):
        raise invalid_param("body", "a JSON object") from None
    if not isinstance(body, dict):
        raise invalid_param("body", "a JSON object")
    return body


def _form() -> Mapping[str, str]:
    if request.mimetype != FORM:
        abort(415, f"send {JSON} or {FORM}")
    for name in request.form:
        if len(request.form.getlist(name)) > 1:
            raise invalid_param(name, "may be given only once")
    return request.form.to_dict()


# --- kinds of fields -----------------------------------------------------------------------------


def ids(name: str, text: str, most: int, *, required: bool = True) -> Field[tuple[int, ...]]:
    """1 to `most` ids."""

    def number(value: object) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON has one kind of numbers
        if type(value) is not int or not is_id(value):
            raise ValueError(value)
        return value

    def from_form(value: str) -> int:
        if not _ID.fullmatch(value):
            raise ValueError(value)
        return number(int(value))

    return _list(
        name,
        text,
        f"1 to {most} ids",
        {"type": "integer", "minimum": 1, "maximum": MAX_ID},
        {"type": "string", "pattern": f"^{_listed('[1-9][0-9]{0,8}', most)}$"},
        most,
        number,
        lambda value: tuple(map(from_form, value.split(","))),
        required=required,
    )


def slugs(name: str, text: str, most: int) -> Field[tuple[str, ...]]:
    """1 to `most` slugs, which may be left out."""
    item = {"type": "string", "pattern": f"^{SLUG_PATTERN}$"}
    form = {"type": "string", "pattern": f"^{_listed(SLUG_PATTERN, most)}$"}

    def from_form(value: str) -> tuple[str, ...]:
        return tuple(map(_slug, value.split(",")))

    return _list(
        name, text, f"1 to {most} slugs", item, form, most, _slug, from_form, required=False
    )


def tags(name: str, text: str, most: int) -> Field[tuple[str, ...]]:
    """1 to `most` tags; a form separates them as readers do on a page."""

    def tag(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(value)
        return clean_tag(value)

    item = {"type": "string", "minLength": 1, "maxLength": MAX_TAG, "format": "tag"}
    form = {"type": "string", "minLength": 1, "format": "tags"}
    return _list(name, text, f"1 to {most} tags", item, form, most, tag, split_tags, required=True)


def slug(name: str, text: str) -> Field[str]:
    """One slug, which may be left out."""
    schema = {"type": "string", "pattern": f"^{SLUG_PATTERN}$"}
    return Field(name, text, f"the slug of a {name}", schema, schema, _slug, _slug)


def switch(name: str, text: str) -> Field[bool]:
    """True unless it says otherwise."""

    def from_json(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(value)
        return value

    def from_form(value: str) -> bool:
        return {"1": True, "0": False}[value] if value in ("0", "1") else from_json(value)

    schema = {"type": "boolean", "default": True}
    form = {"type": "string", "enum": ["0", "1"], "default": "1"}
    return Field(name, text, 'true or false; "1" or "0" in a form', schema, form, from_json,
                 from_form, default=True)  # fmt: skip


def moment(name: str, text: str) -> Field[datetime]:
    """A time, which may be left out."""

    def read(value: object) -> datetime:
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            raise ValueError(value)
        return datetime.fromisoformat(value.upper()).astimezone(UTC)

    schema = {"type": "string", "format": "date-time"}
    return Field(name, text, "a time such as 2026-11-24T02:18:48Z", schema, schema, read, read)


def _slug(value: object) -> str:
    """What looks like a slug; one that is too long is none of ours, as others."""
    if not isinstance(value, str) or not is_slug(value, len(value)):
        raise ValueError(value)
    return value


def _list(
    name: str,
    text: str,
    allowed: str,
    item: Mapping[str, Any],
    form: Mapping[str, Any],
    most: int,
    from_item: Callable[[Any], T],
    split: Callable[[str], Sequence[T]],
    *,
    required: bool,
) -> Field[tuple[T, ...]]:
    """A list of 1 to `most`: JSON items read by `from_item`, a form's field by `split`."""

    def checked(values: Sequence[T]) -> tuple[T, ...]:
        if not 1 <= len(values) <= most:
            raise ValueError(len(values))
        return tuple(values)

    def from_json(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ValueError(value)
        return checked([from_item(each) for each in value])

    def from_form(value: str) -> tuple[T, ...]:
        return checked(split(value))

    schema = {"type": "array", "items": item, "minItems": 1, "maxItems": most}
    return Field(
        name, text, f"{allowed}; with commas between in a form", schema, form, from_json, from_form,
        default=None if required else (), required=required,
    )  # fmt: skip


def _listed(pattern: str, most: int) -> str:
    return f"{pattern}(,{pattern}){{0,{most - 1}}}"
