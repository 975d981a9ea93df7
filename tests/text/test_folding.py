"""Words are found however they are written, but not inside others."""

from __future__ import annotations

import pytest

from aggregator.text.folding import word_matcher


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("كرة", "نتائج كرة القدم", True),
        ("كرة", "الكُرَةُ والكتاب", True),
        ("كرة", "وبالكرة بدأ", True),
        ("كرة", "للكرة جمهورها", True),
        ("كرة", "مذكرة تفاهم", False),
        ("كرة", "كراتهم", False),
        ("foot", "Le FOOT, encore", True),
        ("foot", "football", False),
        ("prix de l'énergie", "Les Prix de l’energie montent", True),
        ("c++", "c++ et c", True),
        ("(", "a ( b", True),
        ("2026", "مونديال 2026", True),
        ("202", "مونديال 2026", False),
        ("ماء", "ما الذي حدث", False),
        ("دونالد ترامب", "قال دونالد  ترامب", True),
    ],
)
def test_a_word_in_a_text(word: str, text: str, found: bool) -> None:
    finds = word_matcher([word])
    assert finds is not None
    assert finds(text) is found


@pytest.mark.parametrize("words", [[], [""], ["  ", "\u0651"]])
def test_nothing_to_look_for(words: list[str]) -> None:
    assert word_matcher(words) is None
