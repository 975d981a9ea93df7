"""Removing proclitics and adding them are inverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.query.word_forms import match_forms, phrase_starts, surface_forms

WORDS = st.text("وفبكلاسم", min_size=2, max_size=7)


@given(WORDS, WORDS)
def test_match_and_surface_forms_are_inverse(word: str, printed: str) -> None:
    assert (word in match_forms(printed)) == (printed in surface_forms(word))
    for each in surface_forms(word):
        assert word in match_forms(each)


def test_other_scripts_have_one_form() -> None:
    assert match_forms("parlement") == surface_forms("parlement") == ("parlement",)
    assert match_forms("") == ("",)


@pytest.mark.parametrize(
    ("phrase", "printed", "starts"),
    [
        ("وزاره الصحه", "لوزاره", True),
        ("وزاره الصحه", "بوزاره", True),
        ("وزاره الصحه", "الوزاره", False),
        ("الوزاره الاولي", "للوزاره", True),
        ("الوزاره الاولي", "بالوزاره", True),
        ("الوزاره الاولي", "وزاره", False),
        ("وزاره", "لوزاره", False),
        ("وزاره من", "لوزاره", False),
        ("prix du", "leprix", False),
    ],
)
def test_the_first_word_of_a_phrase_takes_clitics(phrase: str, printed: str, starts: bool) -> None:
    words = tuple(phrase.split())
    assert words[0] in phrase_starts(words)
    assert (printed in phrase_starts(words)) is starts
