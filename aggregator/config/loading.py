"""The TOML file -> frozen `Settings`; everything that is wrong with it, each with its line."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aggregator.config.lines import LineIndex
from aggregator.config.schema import SettingsModel as Settings
from aggregator.errors import ConfigError, ConfigProblem
from aggregator.types import FeedSpec, LocalName, SourceSpec

Network = IPv4Network | IPv6Network

ENV_PREFIX = "MARSAD_"


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read and check a config file and the `MARSAD_SECTION__KEY` overrides in `environ`.

    Raises `ConfigError` with every problem found, in the order of the file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors begin a file with a BOM
    except FileNotFoundError:
        raise ConfigError((_missing_file(path),)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError((ConfigProblem(str(path), None, "", str(error)),)) from error
    return parse(text, str(path), environ)


def parse(text: str, file: str, environ: Mapping[str, str]) -> Settings:
    """As `load`, from the text of a file named `file` in messages."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((_syntax_problem(error, file, text),)) from error
    lines = LineIndex(text)
    overrides = _override(raw, environ)
    in_file = _duplicates(raw, file, lines)
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(raw, strict=True)
    except ValidationError as error:
        in_file += _describe_all(error, raw, file, lines, overrides.names)
    problems = overrides.problems + sorted(in_file, key=lambda problem: problem.line or 0)
    if problems or settings is None:
        raise ConfigError(tuple(problems))
    return settings


def networks(settings: Settings) -> tuple[Network, ...]:
    """`polling.allow_networks` as network objects."""
    return tuple(ip_network(text) for text in settings.polling.allow_networks)


def source_specs(settings: Settings) -> tuple[SourceSpec, ...]:
    """The sources in the order of the file, as the rooms below know them."""
    return tuple(
        SourceSpec(
            slug=source.slug,
            name=LocalName(source.name.get("ar"), source.name.get("fr"), source.name.get("en")),
            country=source.country,
            language=source.language,
            ownership=source.ownership,
            timezone=source.timezone,
            site=source.site or "",
            feeds=tuple(FeedSpec(feed.url, feed.section) for feed in source.feeds),
        )
        for source in settings.source
    )


def _missing_file(path: Path) -> ConfigProblem:
    hint = "copy config.example.toml to config.toml, or name another file with --config"
    return ConfigProblem(str(path), None, "", "there is no such file", hint)


def _syntax_problem(error: tomllib.TOMLDecodeError, file: str, text: str) -> ConfigProblem:
    message, _, place = str(error).partition(" (at ")
    numbered = place.removeprefix("line ").partition(",")[0]
    line = int(numbered) if numbered.isdigit() else len(text.rstrip().splitlines()) or None
    return ConfigProblem(file, line, "", f"not valid TOML: {message[0].lower()}{message[1:]}")


# --- overrides -------------------------------------------------------------------------------


class _Overrides:
    """Which settings came from the environment, and which variables fit none."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, ...], str] = {}
        self.problems: list[ConfigProblem] = []


def _override(raw: dict[str, Any], environ: Mapping[str, str]) -> _Overrides:
    """Put `MARSAD_SECTION__KEY` values into `raw`, typed as the setting wants them."""
    overrides = _Overrides()
    known = {
        f"{ENV_PREFIX}{section}__{key}".upper(): (section, key)
        for section, model in _sections().items()
        for key in model.model_fields
    }
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX) or "__" not in name:
            continue
        if name not in known:
            problem = ConfigProblem(name, None, "", "no such setting", _did_you_mean(name, known))
            overrides.problems.append(problem)
            continue
        section, key = known[name]
        table = raw.setdefault(section, {})
        if isinstance(table, dict):
            table[key] = _typed(environ[name], _sections()[section], key)
            overrides.names[section, key] = name
    return overrides


def _sections() -> dict[str, type[BaseModel]]:
    return {
        name: info.annotation
        for name, info in Settings.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
    }


def _typed(value: str, model: type[BaseModel], key: str) -> Any:
    annotation = model.model_fields[key].annotation
    if annotation in (int, bool):
        try:
            return tomllib.loads(f"value = {value.strip().lower()}")["value"]
        except tomllib.TOMLDecodeError:
            return value
    if str in get_args(annotation):  # a list of strings: a TOML list, or values between commas
        if value.strip().startswith("["):
            try:
                return tomllib.loads(f"value = {value}")["value"]
            except tomllib.TOMLDecodeError:
                return value
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


# --- messages --------------------------------------------------------------------------------


def _describe_all(
    error: ValidationError,
    raw: dict[str, Any],
    file: str,
    lines: LineIndex,
    overridden: dict[tuple[str, ...], str],
) -> list[ConfigProblem]:
    problems = []
    for details in error.errors():
        location = tuple(details["loc"])
        message, hint = _words(details)
        is_missing = details["type"] == "missing"  # then its table is all there is to point at
        line = lines.find(location[:-1] if is_missing else location, details["input"])
        name = overridden.get(tuple(str(part) for part in location[:2]))
        problems.append(
            ConfigProblem(
                name or file, None if name else line, _dotted(location, raw), message, hint
            )
        )
    return problems


def _words(details: ErrorDetails) -> tuple[str, str]:
    """(what is wrong, what would be right) for one of pydantic's errors."""
    kind = details["type"]
    value = details["input"]
    if kind == "extra_forbidden":
        siblings = _keys_at(details["loc"][:-1])
        return "unknown key", _did_you_mean(str(details["loc"][-1]), siblings)
    if kind == "missing":
        return "is missing", "add it"
    if kind == "too_short":
        return "is empty", "write one at least"
    if kind == "value_error":
        message, _, hint = str(details["ctx"]["error"]).partition("; ")
        return message, hint
    if kind == "literal_error":
        expected = details["ctx"]["expected"].replace("'", '"')
        return f"{_shown(value)} is not one of the choices", f"write {expected}"
    wanted = _TYPE_WORDS.get(kind)
    if wanted:
        return f"{_shown(value)} is not {wanted[0]}", wanted[1]
    return details["msg"][0].lower() + details["msg"][1:], f"it is {_shown(value)}"


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
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _dotted(location: tuple[Any, ...], raw: dict[str, Any]) -> str:
    """("source", 3, "language") -> 'source "hespress".language'."""
    parts: list[str] = []
    for index, part in enumerate(location):
        if isinstance(part, int):
            parts[-1] += f" {_slug_of(raw, part)}" if index == 1 else f"[{part}]"
        else:
            parts.append(str(part))
    return ".".join(parts)


def _slug_of(raw: dict[str, Any], index: int) -> str:
    source = raw["source"][index]
    slug = source.get("slug") if isinstance(source, dict) else None
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


def _did_you_mean(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return "known here: " + ", ".join(sorted(known)) if len(list(known)) < 20 else "see the README"


# --- across sources ---------------------------------------------------------------------------


def _duplicates(raw: dict[str, Any], file: str, lines: LineIndex) -> list[ConfigProblem]:
    """Slugs and feed URLs that occur twice: the second one is named, and where the first is.

    Works on the raw file, so that they are told together with everything else.
    """
    problems = []
    slugs: dict[str, int] = {}
    urls: dict[str, int] = {}
    for place, slug in _slugs(raw):
        line = lines.find(place, slug) or 0
        if slug in slugs:
            message = f'the slug "{slug}" is taken by the source in line {slugs[slug]}'
            hint = "give one of them another slug"
            problems.append(ConfigProblem(file, line, _dotted(place[:2], raw), message, hint))
        slugs.setdefault(slug, line)
    for place, url in _feed_urls(raw):
        line = lines.find(place, url) or 0
        if url in urls:
            message = f"the feed {url} stands in line {urls[url]} already"
            where = _dotted(place[:2], raw)
            problems.append(ConfigProblem(file, line, where, message, "remove one of them"))
        urls.setdefault(url, line)
    return problems


def _tables(value: Any) -> list[tuple[int, dict[str, Any]]]:
    items = value if isinstance(value, list) else []
    return [(number, item) for number, item in enumerate(items) if isinstance(item, dict)]


def _slugs(raw: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    for number, source in _tables(raw.get("source")):
        if isinstance(source.get("slug"), str):
            yield ("source", number, "slug"), source["slug"]


def _feed_urls(raw: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    for number, source in _tables(raw.get("source")):
        for position, feed in _tables(source.get("feeds")):
            if isinstance(feed.get("url"), str):
                yield ("source", number, "feeds", position, "url"), feed["url"]
