"""Find owners that are named and not configured, and owners that own themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aggregator.config.files import ConfigFiles, ConfigText, Location
from aggregator.config.problems import did_you_mean, dotted, slugs, tables
from aggregator.errors import ConfigProblem
from aggregator.process.owners import find_circles


def owner_problems(files: ConfigFiles) -> list[ConfigProblem]:
    """List what is wrong between the [[owner]] tables, and with the `owner` of sources."""
    configured = {slug for _, slug in slugs(files.raw, "owner")}
    problems = []
    for named, slug in _named_owners(files.raw):
        if slug in configured:
            continue
        hint = "add an [[owner]] with this slug, a name, a kind and a source_url"
        if configured:
            hint = did_you_mean(slug, configured)
        text, place = files.locate(named)
        message = f'there is no owner "{slug}"'
        problems.append(text.problem(place, slug, dotted(place, text.raw), message, hint))
    return problems + _circles(files.main)


def _named_owners(raw: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    """Where an owner is named as that of a source, or as a parent; and its slug."""
    for number, source in tables(raw.get("source")):
        if isinstance(source.get("owner"), str):
            yield ("source", number, "owner"), source["owner"]
    for number, owner in tables(raw.get("owner")):
        for position, parent in enumerate(_parents(owner)):
            yield ("owner", number, "parents", position), parent


def _parents(owner: dict[str, Any]) -> list[str]:
    listed = owner.get("parents")
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _circles(main: ConfigText) -> list[ConfigProblem]:
    raw = main.raw
    numbers = {place[:2]: slug for place, slug in slugs(raw, "owner")}
    places = {slug: place for place, slug in reversed(numbers.items())}
    parents = {slug: _parents(raw["owner"][number]) for slug, (_, number) in places.items()}
    problems = []
    for circle in find_circles(parents):
        first = min(circle, key=lambda slug: places[slug])
        start = circle.index(first)
        chain = (*circle[start:], *circle[:start], first)
        message = "is its own owner: " + " belongs to ".join(f'"{slug}"' for slug in chain)
        place = (*places[first], "parents")
        hint = "take one of them out of the parents of the other"
        if len(circle) == 1:
            hint = "take it out of its own parents"
        problems.append(main.problem(place, chain[1], dotted(place, raw), message, hint))
    return problems
