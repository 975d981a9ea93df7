"""Describe what is wrong with a config to the person who wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aggregator.config.files import ConfigFiles, Location
from aggregator.config.schema import SettingsModel as Settings
from aggregator.config.values import hide_credentials
from aggregator.errors import ConfigProblem

# Tables and keys whose values are not shown.
_SECRETS = ("database", "metrics_token", "password", "client_secret")


def describe_errors(
    error: ValidationError, files: ConfigFiles, overridden: dict[tuple[str, ...], str]
) -> list[ConfigProblem]:
    """All of pydantic's errors in words; `overridden`: variables that settings came from."""
    problems = []
    for details in error.errors():
        text, location = files.locate(tuple(details["loc"]))
        message, hint = _words(details)
        is_missing = details["type"] == "missing"  # then its table is all there is to point at
        line = text.lines.find(location[:-1] if is_missing else location, details["input"])
        name = overridden.get(tuple(str(part) for part in location[:2]))
        where = dotted(location, text.raw)
        file, line = (name, None) if name else (text.file, line)
        problems.append(ConfigProblem(file, line, where, message, hint))
    return problems


def _words(details: ErrorDetails) -> tuple[str, str]:
    """(what is wrong, what would be right) for one of pydantic's errors."""
    kind = details["type"]
    shown = "the value" if set(details["loc"]) & set(_SECRETS) else _shown(details["input"])
    if kind == "extra_forbidden":
        siblings = _keys_at(details["loc"][:-1])
        return "unknown key", did_you_mean(str(details["loc"][-1]), siblings)
    if kind == "missing":
        return "is missing", _MISSING.get(str(details["loc"][-1]), "add it")
    if kind == "too_short":
        return "is empty", "write one at least"
    if kind == "value_error":
        message, _, hint = str(details["ctx"]["error"]).partition("; ")
        return message, hint
    if kind == "literal_error":
        expected = details["ctx"]["expected"].replace("'", '"')
        return f"{shown} is not one of the choices", f"write {expected}"
    expected = _TYPE_WORDS.get(kind)
    if expected:
        return f"{shown} is not {expected[0]}", expected[1]
    return details["msg"][0].lower() + details["msg"][1:], f"it is {shown}"


# What to add, where the name of the key does not say it.
_MISSING = {
    "source_url": 'add the address of the page that says so: source_url = "https://…"',
    "kind": 'write "state", "party", "private" or "public"',
}

_TYPE_WORDS = {
    "int_type": ("a whole number", "write it without quotes, e.g. 8000"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "string_type": ("text", 'write it between quotes, e.g. "5m"'),
    "time_delta_type": ("a duration", 'write it between quotes, e.g. "5m"'),
    "tuple_type": ("a list", "write it between brackets, e.g. [ … ]"),
    "list_type": ("a list", "write it between brackets, e.g. [ … ]"),
    "model_type": ("a table", "write it as a [section] or between braces { … }"),
    "model_attributes_type": ("a table", "write it as a [section] or between braces { … }"),
    "dict_type": ("a table", "write it as a [section] or between braces { … }"),
}


def _shown(value: object) -> str:
    """A value for a message, without the names and passwords of the addresses in it."""
    text = hide_credentials(f'"{value}"' if isinstance(value, str) else repr(value))
    return text if len(text) <= 60 else text[:57] + "…"


def dotted(location: tuple[Any, ...], raw: dict[str, Any]) -> str:
    """Name a setting: ("source", 3, "language") -> 'source "hespress".language'."""
    parts: list[str] = []
    for index, part in enumerate(location):
        if isinstance(part, int):
            tables = raw[location[0]]
            parts[-1] += f" {_slug_of(tables, part)}" if index == 1 else f"[{part}]"
        else:
            parts.append(str(part))
    return ".".join(parts)


def _slug_of(tables: Any, index: int) -> str:
    table = tables[index]
    slug = table.get("slug") if isinstance(table, dict) else None
    return f'"{slug}"' if isinstance(slug, str) else f"number {index + 1}"


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    """The keys that a table at `location` may have."""
    model: Any = Settings
    for part in location:
        if isinstance(part, int):
            continue
        info = model.model_fields[part]
        candidates = (info.annotation, *get_args(info.annotation))
        model = next(
            (one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)),
            model,
        )
    return [info.alias or name for name, info in model.model_fields.items()]


def did_you_mean(word: str, known: Any) -> str:
    """A suggestion for a name that is not in `known`."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return "known here: " + ", ".join(sorted(known)) if len(list(known)) < 20 else "see the README"


# --- what stands there twice, or nowhere ------------------------------------------------------


def find_repeats(files: ConfigFiles) -> list[ConfigProblem]:
    """Slugs and feed URLs that occur twice, and packs of sources that are not configured.

    Of what occurs twice it reports the second, and where the first is.

    Works on the raw files, so that they are reported together with everything else.
    """
    problems = []
    for kind in ("owner", "source", "pack"):
        for first, again, slug in _repeats(slugs(files.raw, kind)):
            text, place = files.locate(again)
            taken = files.place(first, slug, text)
            message = f'the slug "{slug}" is taken by the {kind} in {taken}'
            where, hint = dotted(place[:2], text.raw), "give one of them another slug"
            problems.append(text.problem(place, slug, where, message, hint))
    for first, again, url in _repeats(_feed_urls(files.raw)):
        text, place = files.locate(again)
        stands = files.place(first, url, text)
        message = f"the feed {hide_credentials(url)} stands in {stands} already"
        where = dotted(place[:2], text.raw)
        problems.append(text.problem(place, url, where, message, "remove one of them"))
    return problems + _unknown_sources(files)


def _unknown_sources(files: ConfigFiles) -> list[ConfigProblem]:
    """Sources of packs that have no table of their own."""
    configured = {slug for _, slug in slugs(files.raw, "source")}
    problems = []
    for number, pack in tables(files.raw.get("pack")):
        listed = pack.get("sources")
        for position, slug in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(slug, str) and slug not in configured:
                place = ("pack", number, "sources", position)
                message = f'there is no source "{slug}"'
                where, hint = dotted(place, files.raw), did_you_mean(slug, configured)
                problems.append(files.main.problem(place, slug, where, message, hint))
    return problems


def _repeats(found: Iterable[tuple[Location, str]]) -> Iterator[tuple[Location, Location, str]]:
    """(where first, where again, what) of each repeated value."""
    firsts: dict[str, Location] = {}
    for place, value in found:
        if value in firsts:
            yield firsts[value], place, value
        firsts.setdefault(value, place)


def tables(value: Any) -> list[tuple[int, dict[str, Any]]]:
    """Number the tables of an array, leaving out what is no table."""
    items = value if isinstance(value, list) else []
    return [(number, item) for number, item in enumerate(items) if isinstance(item, dict)]


def slugs(raw: dict[str, Any], kind: str) -> Iterator[tuple[Location, str]]:
    """Yield where the slug of each table of a kind stands, and the slug."""
    for number, named in tables(raw.get(kind)):
        if isinstance(named.get("slug"), str):
            yield (kind, number, "slug"), named["slug"]


def _feed_urls(raw: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    for number, source in tables(raw.get("source")):
        for position, feed in tables(source.get("feeds")):
            if isinstance(feed.get("url"), str):
                yield ("source", number, "feeds", position, "url"), feed["url"]
