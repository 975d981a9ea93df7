"""Preferences in forms, cookies and rows."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from aggregator.errors import InvalidInput
from aggregator.process.readers.preferences import (
    apply_form,
    from_cookie,
    from_json,
    from_values,
    reading_order,
    to_cookie,
    to_values,
)
from aggregator.types import Preferences

OWN = Preferences(
    density="headlines",
    images=False,
    theme="sepia",
    size="huge",
    read_on_scroll=True,
    languages="fr-zgh",
)


def test_a_form_changes_what_it_names() -> None:
    assert apply_form(Preferences(), {"theme": "dark", "next": "/"}) == Preferences(theme="dark")
    assert apply_form(OWN, {"images": "1", "size": "small"}) == Preferences(
        density="headlines", theme="sepia", size="small", read_on_scroll=True, languages="fr-zgh"
    )
    assert apply_form(OWN, {}) == OWN


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "blue"),
        ("theme", ""),
        ("theme", "Dark"),
        ("size", "10"),
        ("density", "cards "),
        ("images", "true"),
        ("images", "2"),
        ("read_on_scroll", ""),
        ("languages", "French"),
        ("languages", "fr,ar"),
        ("languages", "fr-"),
        ("languages", "ar-fr-en-es-de-it"),
    ],
)
def test_what_does_not_exist_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        apply_form(Preferences(), {name: value})
    assert (refused.value.key, refused.value.field) == ("error.preference", name)


@pytest.mark.parametrize("preferences", [Preferences(), Preferences(theme="light"), OWN])
def test_kept_and_found_again(preferences: Preferences) -> None:
    assert from_values(to_values(preferences)) == preferences
    assert from_values(asdict(preferences)) == preferences
    assert from_cookie(to_cookie(preferences)) == preferences


def test_a_language_counts_once() -> None:
    chosen = apply_form(Preferences(), {"languages": "fr-ar-fr"})
    assert chosen.languages == "fr-ar"
    assert apply_form(chosen, {"languages": ""}) == Preferences()


def test_stories_are_shown_in_the_language_of_the_interface_first() -> None:
    chosen = Preferences(languages="fr-ar")
    assert reading_order("en", chosen) == ("en", "fr", "ar")
    assert reading_order("ar", chosen) == ("ar", "fr")
    assert reading_order("ar", Preferences()) == ("ar",)


def test_only_what_differs_is_kept() -> None:
    assert to_values(Preferences()) == {}
    assert to_cookie(Preferences()) == ""
    assert to_values(Preferences(theme="dark", images=False)) == {"theme": "dark", "images": False}
    assert to_cookie(Preferences(theme="dark", images=False)) == "images=0.theme=dark"


@pytest.mark.parametrize(
    "values",
    [
        None, 7, "theme", [], {"theme": "blue"}, {"theme": None}, {"theme": ["dark"]},
        {"images": 0}, {"images": "no"}, {"colour": "dark"}, {"size": {}},
    ],
)  # fmt: skip
def test_what_is_damaged_is_as_if_it_were_not_there(values: object) -> None:
    assert from_values(values) == Preferences()


@pytest.mark.parametrize("text", [None, "", "nonsense", '{"theme":', "[" * 100_000, "null", "7"])
def test_a_row_that_is_no_json(text: str | None) -> None:
    assert from_json(text) == Preferences()


def test_the_rest_survives_what_is_damaged() -> None:
    assert from_values({"theme": "blue", "size": "large"}) == Preferences(size="large")
    assert from_json('{"theme": "dark", "size": 3}') == Preferences(theme="dark")


@pytest.mark.parametrize(
    "text", ["=", "theme", "theme=", "images=yes", "\0.\n", "theme=dark" * 900, "a=b." * 900]
)
def test_cookies_may_say_anything(text: str) -> None:
    assert from_cookie(text) == Preferences()
