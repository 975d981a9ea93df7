"""Preferences to the few plain values that a cookie or a row keeps, and back. Pure."""

from __future__ import annotations

import json
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
    if not _is_choice(name, found):
        allowed = ", ".join(CHOICES.get(name, _SWITCH))
        raise InvalidInput("error.preference", f"{name}: one of {allowed}", field=name)
    return found


def _is_choice(name: str, value: object) -> bool:
    return isinstance(value, bool) if name in SWITCHES else value in CHOICES[name]
