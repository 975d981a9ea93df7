"""Which sources belong to which pack."""

from __future__ import annotations

from itertools import count

from aggregator.process.readers.packs import (
    PackSource,
    configured_packs,
    default_packs,
    in_reading_order,
)
from aggregator.types import LocalizedName, PackSpec, SourceRef

NAME = LocalizedName("اسم", "Nom", "Name")
_ids = count(1)


def sources(number: int, country: str, language: str, *sections: str) -> list[PackSource]:
    return [
        PackSource(
            SourceRef(id_, f"s{id_}", NAME, country, language), frozenset(sections or ("general",))
        )
        for id_ in (next(_ids) for _ in range(number))
    ]


def ids(found: list[PackSource]) -> tuple[int, ...]:
    return tuple(each.source.id for each in found)


def test_the_press_of_a_country_and_a_section_are_packs_from_three_sources_up() -> None:
    moroccan, economy = sources(5, "MA", "ar"), sources(3, "MA", "fr", "economy")
    few, elsewhere = sources(2, "TN", "ar"), sources(1, "QA", "ar")
    packs = {pack.slug: pack for pack in default_packs([*economy, *moroccan, *few, *elsewhere])}
    assert list(packs) == ["ma-ar", "ma-fr", "other-ar", "economy-fr"]
    assert packs["ma-ar"].source_ids == ids(moroccan)
    assert packs["ma-fr"].source_ids == packs["economy-fr"].source_ids == ids(economy)
    assert packs["other-ar"].source_ids == ids(few + elsewhere)
    assert (packs["other-ar"].country, packs["other-ar"].language) == (None, "ar")
    assert packs["economy-fr"].section == "economy"
    assert all(pack.name is None for pack in packs.values())


def test_a_source_with_other_sections_makes_no_pack_of_one() -> None:
    mixed = sources(3, "MA", "fr", "economy", "general")
    unnamed = sources(3, "MA", "fr", "horoscopes")
    assert [pack.slug for pack in default_packs(mixed + unnamed)] == ["ma-fr"]


def test_a_configured_pack_has_what_it_lists_and_what_has_all_in_common() -> None:
    listed, french = sources(1, "QA", "ar"), sources(2, "MA", "fr", "economy", "general")
    other = sources(2, "MA", "ar", "economy")
    (slug,) = (each.source.slug for each in listed)
    found = [*french, *other, *listed]
    spec = PackSpec("a", NAME, (slug,), country="MA", language="fr", section="economy")
    (pack,) = configured_packs([spec], found)
    assert (pack.source_ids, pack.name) == (ids(french + listed), NAME)


def test_a_pack_without_anything_to_follow_is_not_offered() -> None:
    empty, topic = PackSpec("a", NAME, country="FR"), PackSpec("b", NAME, topics=("water",))
    packs = configured_packs([empty, topic], sources(2, "MA", "ar"))
    assert [(pack.slug, pack.topics) for pack in packs] == [("b", ("water",))]


def test_a_readers_languages_come_first() -> None:
    found = [*sources(4, "MA", "ar"), *sources(3, "MA", "fr"), *sources(3, "MA", "en")]
    packs = in_reading_order(default_packs(found), ("en", "fr"))
    assert [pack.language for pack in packs] == ["en", "fr", "ar"]
