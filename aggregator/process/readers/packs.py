"""Packs of sources to follow: as configured, else by what the configured sources have in common.

Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aggregator.types import Pack, PackSpec, SourceRef

KeyT = TypeVar("KeyT")

# Minimum sources of a pack that nobody configured.
MIN_SOURCES = 3
# Sections that have a name in every language; others are the publisher's own words.
NAMED_SECTIONS = ("politics", "economy", "society", "sport", "culture", "regional")
# The slug of sources from countries with too few for a pack of their own.
OTHERS = "other"


@dataclass(frozen=True, slots=True)
class PackSource:
    """A source as a candidate for packs."""

    source: SourceRef
    sections: frozenset[str]
    """Of its feeds."""


def configured_packs(specs: Iterable[PackSpec], sources: Sequence[PackSource]) -> tuple[Pack, ...]:
    """The packs of the configuration, without those that have nothing to follow at present."""
    packs = (
        Pack(
            spec.slug,
            spec.name,
            spec.country,
            spec.language,
            spec.section,
            tuple(each.source.id for each in sources if _belongs(each, spec)),
            spec.topics,
        )
        for spec in specs
    )
    return tuple(pack for pack in packs if pack.source_ids or pack.topics)


def default_packs(sources: Sequence[PackSource]) -> tuple[Pack, ...]:
    """The press of each country in each language, then each section in each language.

    Following a source means all of its feeds: only those with one section make it a pack.
    """
    press: dict[tuple[str, str], list[int]] = defaultdict(list)
    sections: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in sources:
        press[each.source.country, each.source.language].append(each.source.id)
        if len(each.sections) == 1 and each.sections <= set(NAMED_SECTIONS):
            (section,) = each.sections
            sections[section, each.source.language].append(each.source.id)
    others: dict[str, list[int]] = defaultdict(list)
    for (_, language), ids in press.items():
        if len(ids) < MIN_SOURCES:
            others[language] += ids
    packs = [_pack(code, language, ids, country=code) for (code, language), ids in _by_size(press)]
    packs += [_pack(OTHERS, language, ids) for language, ids in _by_size(others)]
    packs += [
        _pack(section, language, ids, section=section)
        for (section, language), ids in _by_size(sections)
    ]
    return tuple(pack for pack in packs if len(pack.source_ids) >= MIN_SOURCES)


def in_reading_order(packs: Iterable[Pack], languages: Sequence[str]) -> tuple[Pack, ...]:
    """Packs in the reader's languages first, in the order of these; otherwise as they come."""
    rank = {language: number for number, language in enumerate(languages)}
    return tuple(sorted(packs, key=lambda pack: rank.get(pack.language or "", len(rank))))


def _belongs(each: PackSource, spec: PackSpec) -> bool:
    if each.source.slug in spec.sources:
        return True
    conditions = (
        (spec.country, each.source.country == spec.country),
        (spec.language, each.source.language == spec.language),
        (spec.section, spec.section in each.sections),
    )
    wanted = [holds for value, holds in conditions if value is not None]
    return bool(wanted) and all(wanted)


def _pack(
    kind: str,
    language: str,
    ids: Iterable[int],
    country: str | None = None,
    section: str | None = None,
) -> Pack:
    return Pack(f"{kind}-{language}".lower(), None, country, language, section, tuple(ids))


def _by_size(groups: Mapping[KeyT, list[int]]) -> list[tuple[KeyT, list[int]]]:
    """The largest first."""
    return sorted(groups.items(), key=lambda group: -len(group[1]))
