"""Removing proclitics and adding them are inverse."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.query.word_forms import match_forms, surface_forms

WORDS = st.text("وفبكلاسم", min_size=2, max_size=7)


@given(WORDS, WORDS)
def test_match_and_surface_forms_are_inverse(word: str, printed: str) -> None:
    assert (word in match_forms(printed)) == (printed in surface_forms(word))
    for each in surface_forms(word):
        assert word in match_forms(each)


def test_other_scripts_have_one_form() -> None:
    assert match_forms("parlement") == surface_forms("parlement") == ("parlement",)
    assert match_forms("") == ("",)
