"""Taking proclitics off and putting them on are one relation, seen from both sides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.query.word_forms import forms_of, printed_forms

WORDS = st.text("وفبكلاسم", min_size=2, max_size=7)


@given(WORDS, WORDS)
def test_both_sides_agree(word: str, printed: str) -> None:
    assert (word in forms_of(printed)) == (printed in printed_forms(word))
    for each in printed_forms(word):
        assert word in forms_of(each)


def test_other_scripts_have_one_form() -> None:
    assert forms_of("parlement") == printed_forms("parlement") == ("parlement",)
    assert forms_of("") == ("",)
