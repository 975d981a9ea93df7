"""Preferences to the few plain values that a cookie or a row keeps, and back. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, get_args

from aggregator.errors import InvalidInput
from aggregator.types import Density, Preferences, SearchOrder, TextSize, Theme

CHOICES: dict[str, tuple[str, ...]] = {
    "density": get_args(Density),
    "theme": get_args(Theme),
    "size": get_args(TextSize),
    "search_order": get_args(SearchOrder),
}
SWITCHES = ("images", "read_on_scroll")
# Languages in order, between hyphens: dots and equals signs separate the values of a cookie.
_LANGUAGES = re.compile(r"(?:[a-z]{2,3}(?:-[a-z]{2,3}){0,4})?")
_SWITCH = {"0": False, "1": True}
_DEFAULTS = asdict(Preferences())


def apply_form(preferences: Preferences, form: Mapping[str, str]) -> Preferences:
    """`preferences` with the values of a form; unknown fields are ignored.

    Raises InvalidInput for an unknown value.
    """
    values = {name: _checked(name, form[name]) for name in _DEFAULTS if name in form}
    return replace(preferences, **values)


def to_values(preferences: Preferences) -> dict[str, str | bool]:
    """The values that differ from the defaults."""
    return {name: value for name, value in asdict(preferences).items() if value != _DEFAULTS[name]}


def from_values(values: object) -> Preferences:
    """Stored values as preferences; unknown or damaged ones are ignored."""
    if not isinstance(values, Mapping):
        return Preferences()
    known = [name for name in _DEFAULTS if name in values and _is_choice(name, values[name])]
    return Preferences(**{name: values[name] for name in known})


def from_json(text: str | None) -> Preferences:
    """`from_values` of a stored text, which may not even be JSON."""
    try:
        return from_values(json.loads(text or "{}"))
    except (ValueError, RecursionError):
        return Preferences()


def to_cookie(preferences: Preferences) -> str:
    """The value of a cookie, such as "theme=dark.images=0"; empty for the defaults."""
    values = to_values(preferences)
    return ".".join(
        f"{name}={int(value) if isinstance(value, bool) else value}"
        for name, value in values.items()
    )


def from_cookie(text: str) -> Preferences:
    """Read what `to_cookie` wrote, as leniently as `from_values`: anyone can write a cookie."""
    values: dict[str, object] = {}
    for pair in text[:200].split("."):
        name, _, value = pair.partition("=")
        values[name] = _SWITCH.get(value) if name in SWITCHES else value
    return from_values(values)


def _checked(name: str, value: str) -> Any:
    found = _SWITCH.get(value) if name in SWITCHES else value
    if name == "languages":
        found = "-".join(dict.fromkeys(value.split("-")))  # twice the same is once
    if not _is_choice(name, found):
        allowed = _allowed(name)
        raise InvalidInput("error.preference", f"{name}: {allowed}", field=name)
    return found


def _allowed(name: str) -> str:
    if name == "languages":
        return 'codes of languages between hyphens, five at most, e.g. "fr-ar"'
    return "one of " + ", ".join(CHOICES.get(name, _SWITCH))


def _is_choice(name: str, value: object) -> bool:
    if name in SWITCHES:
        return isinstance(value, bool)
    if name == "languages":
        return isinstance(value, str) and _LANGUAGES.fullmatch(value) is not None
    return value in CHOICES[name]


def reading_order(interface: str, preferences: Preferences) -> tuple[str, ...]:
    """The languages to show stories in: that of the interface, then the others that one reads."""
    others = filter(None, preferences.languages.split("-"))
    return tuple(dict.fromkeys((interface, *others)))
