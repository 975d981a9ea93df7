"""Preferences to the few plain values that a cookie or a row keeps, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, get_args

from aggregator.errors import InvalidInput
from aggregator.types import Density, Preferences, TextSize, Theme

CHOICES: dict[str, tuple[str, ...]] = {
    "density": get_args(Density),
    "theme": get_args(Theme),
    "size": get_args(TextSize),
}
SWITCHES = ("images", "read_on_scroll")
_SWITCH = {"0": False, "1": True}
_DEFAULTS = asdict(Preferences())


def apply_form(preferences: Preferences, wanted: Mapping[str, str]) -> Preferences:
    """`preferences` with what a form asks for; other names in it are no business of ours.

    Raises InvalidInput for a value that does not exist.
    """
    values = {name: _checked(name, wanted[name]) for name in _DEFAULTS if name in wanted}
    return replace(preferences, **values)


def to_values(preferences: Preferences) -> dict[str, str | bool]:
    """What differs from the defaults."""
    return {name: value for name, value in asdict(preferences).items() if value != _DEFAULTS[name]}


def from_values(values: object) -> Preferences:
    """What was kept; whatever is unknown or damaged in it is as if it were not there."""
    if not isinstance(values, Mapping):
        return Preferences()
    return Preferences(**{name: values[name] for name in _DEFAULTS if _fits(name, values)})


def from_json(text: str | None) -> Preferences:
    """`from_values` of what a row holds, which may not even be JSON."""
    try:
        return from_values(json.loads(text or "{}"))
    except (ValueError, RecursionError):
        return Preferences()


def to_cookie(preferences: Preferences) -> str:
    """For a cookie: "theme=dark.images=0"; empty where nothing differs from the defaults."""
    values = to_values(preferences)
    return ".".join(
        f"{name}={int(value) if isinstance(value, bool) else value}"
        for name, value in values.items()
    )


def from_cookie(text: str) -> Preferences:
    """What `to_cookie` wrote, as forgiving as `from_values`: anybody may write a cookie."""
    values: dict[str, Any] = {}
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


def _fits(name: str, values: Mapping[str, Any]) -> bool:
    return name in values and _is_choice(name, values[name])


def _is_choice(name: str, value: object) -> bool:
    return isinstance(value, bool) if name in SWITCHES else value in CHOICES[name]
