"""Sources by name: what a query may call them, and that hundreds of names cost what one does."""

from __future__ import annotations

import pytest

from aggregator.storage.search import name_index
from aggregator.storage.search.name_index import NameIndex
from aggregator.types import LocalizedName, SourceRef


def ref(id_: int, slug: str, ar: str, fr: str, en: str) -> SourceRef:
    return SourceRef(id_, slug, LocalizedName(ar, fr, en), "MA", "ar")


REFS = [
    ref(1, "sahra", "الصحراء المغربية", "Assahra", "The Sahara"),
    ref(2, "maghribia", "المغربية", "La Marocaine", "The Moroccan"),
    ref(3, "marocaine-eco", "المغربية الاقتصادية", "La Marocaine éco", "The Moroccan Economy"),
    ref(4, "la-vie", "الحياة", "La Vie, la vie", "Life"),
]


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("sahra", ["sahra"]),
        (" SAHRA ", ["sahra"]),
        ("المغربية", ["maghribia"]),  # a whole name comes before a part of others
        ("المغربيه", ["maghribia"]),
        ("la marocaine", ["maghribia"]),
        ("marocaine", ["maghribia", "marocaine-eco"]),
        ("ECO", ["marocaine-eco"]),
        ("moroccan economy", ["marocaine-eco"]),
        ("economy moroccan", []),
        ("vie la vie", ["la-vie"]),
        ("la", ["maghribia", "marocaine-eco", "la-vie"]),
        ("vi", []),
        ("", []),
        ("!", []),
    ],
)
def test_by_slug_name_or_part_of_a_name(name: str, slugs: list[str]) -> None:
    assert [found.slug for found in NameIndex(REFS).find(name)] == slugs


def test_names_are_folded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []
    real = name_index.folded_words

    def counted(name: str) -> list[str]:
        folded.append(name)
        return real(name)

    monkeypatch.setattr(name_index, "folded_words", counted)
    names = NameIndex(REFS)
    for number in range(300):
        assert not names.find(f"q{number}")
    assert len(folded) == 3 * len(REFS) + 300
