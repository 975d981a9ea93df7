"""Words of a text and their places."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.text.tokens import folded_words, stemmed_words, tokenize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قال الملك: «المَغْرِبُ أولا»", "قال الملك المغرب اولا"),
        ("في 2025 و2026م", "في 2025 و 2026 م"),
        ("#كأس_العالم٢٠٣٠", "كاس العالم 2030"),
        ("صلى ﷺ الله", "صلي الله"),
        ("الPSG يفوز", "ال psg يفوز"),
        ("می\u200cشود", "ميشود"),
        ("L’Espagne, jusqu'à l'Économie d'Algérie", "espagne a economie algerie"),
        ("aujourd'hui", "aujourd hui"),
        ("John's don't rock", "john don t rock"),
        ("covid-19, 5G, 20,5 %", "covid 19 5g 20 5"),
        ("C++ & <b>", "c b"),
        ("10.000 10,000 10\u202f000 10 000 ١٠٬٠٠٠", "10000 10000 10000 10000 10000"),
        ("1 250 000 و12 500 و300 000", "1250000 و 12500 و 300000"),
        ("100 200 300", "100 200 300"),
        ("5 100 200 300", "5100200300"),
        ("100.200 300", "100200 300"),
        ("2026 100 000", "2026 100000"),
        ("10 000,50 1.000.5 12 34 2-1", "10 000 50 1 000 5 12 34 2 1"),
        ("ـ ّ \u200f …", ""),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert " ".join(word.folded for word in tokenize(text)) == expected


def test_spans_are_of_the_original() -> None:
    text = "وقالت «الحُكُومَــة»: l’été ﻻ"
    spans = [text[word.start : word.end] for word in tokenize(text)]
    assert spans == ["وقالت", "الحُكُومَــة", "été", "ﻻ"]


def test_terms_are_stems() -> None:
    assert stemmed_words("والحكومة المغربية, l'Espagne") == ["حكوم", "مغرب", "espagn"]


@settings(max_examples=50)
@given(st.text())
def test_any_text_has_words_in_order(text: str) -> None:
    found = tokenize(text)
    assert [word.folded for word in found] == folded_words(text)
    assert len(stemmed_words(text)) == len(found)
    ends = [0, *(word.end for word in found)]
    assert all(end <= word.start < word.end for end, word in zip(ends, found, strict=False))
    assert all(word.folded and not word.folded.isspace() for word in found)
