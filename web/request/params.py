"""Readers of query parameters and form fields; each raises InvalidInput for a bad value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from werkzeug.routing import IntegerConverter, Map

from aggregator.errors import InvalidInput
from aggregator.types.limits import MAX_ID, is_slug

_COUNTRY = re.compile(r"[A-Za-z]{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class IdConverter(IntegerConverter):
    """An id in a path: a number that no row can have is an address that does not exist."""

    regex = r"\d{1,10}"

    def __init__(self, map: Map, **options: Any) -> None:  # noqa: A002  # werkzeug's name
        super().__init__(map, **({"max": MAX_ID} | options))


def invalid_param(name: str, allowed: str) -> InvalidInput:
    """The error for a parameter whose value cannot be used."""
    return InvalidInput("error.bad_request", f"{name}: {allowed}", field=name)


def slug(values: Mapping[str, str], name: str = "source") -> str | None:
    """The slug of a source or topic; None if the parameter is missing or empty."""
    value = values.get(name)
    if value and not is_slug(value):
        raise invalid_param(name, f'the slug of a {name}, e.g. "hespress"')
    return value or None


def country(values: Mapping[str, str]) -> str | None:
    """A country code in capitals; None if the parameter is missing or empty."""
    value = values.get("country")
    if value and not _COUNTRY.fullmatch(value):
        raise invalid_param("country", 'two letters of ISO 3166, e.g. "MA"')
    return value.upper() if value else None


def language(values: Mapping[str, str]) -> str | None:
    """A language code; None if the parameter is missing or empty."""
    value = values.get("lang")
    if value and not _LANGUAGE.fullmatch(value):
        raise invalid_param("lang", 'a language code, e.g. "ar", "fr", "zgh"')
    return value or None


def folder(values: Mapping[str, str]) -> int | None:
    """The id of a folder; None if the parameter is missing or empty."""
    return integer(values, "folder", 1, MAX_ID) if values.get("folder") else None


def unread(values: Mapping[str, str]) -> bool:
    """Whether to list unread entries only."""
    value = values.get("unread")
    if value not in (None, "", "0", "1"):
        raise invalid_param("unread", '"1" or "0"')
    return value == "1"


def on(values: Mapping[str, str]) -> bool:
    """Whether a form switches something on."""
    if values.get("on") not in ("0", "1"):
        raise invalid_param("on", '"1" or "0"')
    return values["on"] == "1"


def integer(values: Mapping[str, str], name: str, minimum: int, maximum: int) -> int | None:
    """A whole number; None if it is missing."""
    value = values.get(name)
    if value is None:
        return None
    whole = value.isascii() and value.isdecimal() and len(value) <= 10
    if not (whole and minimum <= int(value) <= maximum):
        raise invalid_param(name, f"a whole number between {minimum} and {maximum}")
    return int(value)


ChoiceT = TypeVar("ChoiceT", bound=str)


def choice(values: Mapping[str, str], name: str, allowed: Sequence[ChoiceT]) -> ChoiceT:
    """One of the `allowed` values; it must not be missing."""
    for each in allowed:
        if values.get(name) == each:
            return each
    raise invalid_param(name, "one of " + ", ".join(f'"{each}"' for each in allowed))


def page(values: Mapping[str, str]) -> int:
    """The page number, from 1."""
    return integer(values, "page", 1, 999_999) or 1


def cursor(values: Mapping[str, str]) -> str | None:
    """The cursor of the page; None for the first page."""
    return values.get("cursor") or None
