"""Names in both scripts: what the tables have, and spellings that they do not."""

from __future__ import annotations

from collections import Counter

import pytest

from aggregator.text.name_sounds import is_arabic
from aggregator.text.names import names, printed_names
from aggregator.text.tokens import folded_words
from aggregator.text.word_lists import read_lines

TABLES = ("places", "people", "institutions")


def others(name: str) -> set[str]:
    return {" ".join(each) for each in names().of(folded_words(name))}


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("Driouch", "الدريوش"),
        ("الدريوش", "Driouch"),
        ("Aziz Akhannouch", "عزيز أخنوش"),
        ("عزيز أخنوش", "Aziz Akhannouch"),
        ("Cour des comptes", "المجلس الأعلى للحسابات"),
        ("Cour comptes", "المجلس الأعلى للحسابات"),  # as a query has it, without function words
        ("Misrata", "مصراتة"),
        ("Driouch", "Driush"),
    ],
)
def test_names_of_the_tables(typed: str, other: str) -> None:
    assert " ".join(folded_words(other)) in others(typed)


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("Akhanouch", "أخنوش"),
        ("Akhannush", "أخنوش"),
        ("Akhenouch", "أخنوش"),
        ("Tarudant", "تارودانت"),
        ("Bni Melal", "بني ملال"),
        ("Fkih Bensalah", "الفقيه بن صالح"),
        ("Warzazat", "ورزازات"),
        ("El Houceima", "الحسيمة"),
        ("شيشاوا", "Chichaoua"),
    ],
)
def test_spellings_that_no_table_has(typed: str, other: str) -> None:
    assert " ".join(folded_words(other)) in others(typed)


@pytest.mark.parametrize(
    "word",
    [
        "state", "price", "prise", "score", "mortel", "manager", "encore", "timer", "broken",
        "chain", "quiet", "repeat", "saisie", "median", "sweden", "bytes", "appel", "trick",
        "الجديد", "الرابط", "سفينة", "الأسلحة", "الطريق", "القنطرة", "أنباء", "الجزيرة", "مرزوق",
        "كتاب", "cheval", "a", "و",
    ],
)  # fmt: skip
def test_ordinary_words_are_no_names(word: str) -> None:
    assert others(word) == set()


def test_a_name_is_not_among_its_other_spellings() -> None:
    assert "driouch" not in others("Driouch")
    assert names().of([]) == []


def test_a_name_is_printed_behind_proclitics() -> None:
    assert ("بالدريوش",) in printed_names(("الدريوش",))
    assert ("للدريوش",) in printed_names(("الدريوش",))
    assert ("لسيدي", "قاسم") in printed_names(("سيدي", "قاسم"))
    assert printed_names(("sidi", "kacem")) == (("sidi", "kacem"),)


@pytest.mark.parametrize("table", TABLES)
def test_each_line_of_a_table_has_names_in_both_scripts(table: str) -> None:
    for line in read_lines(table):
        found = [tuple(folded_words(name)) for name in line.split(",")]
        assert all(found), line
        assert {is_arabic(name[0]) for name in found} == {True, False}, line


def test_no_line_stands_twice() -> None:
    lines = Counter(line for table in TABLES for line in read_lines(table))
    assert [line for line, count in lines.items() if count > 1] == []
