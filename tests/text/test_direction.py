"""The direction of a text."""

import pytest

from aggregator.text.direction import detect_direction
from aggregator.types import Direction


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PSG يفوز على الوداد", "rtl"),
        ("المغرب", "rtl"),
        ("Le Maroc", "ltr"),
        ("Le Raja (الرجاء) gagne à Casablanca", "ltr"),
        ("12.5% — ٣٤ المغرب!", "rtl"),
        ("שלום עולם", "rtl"),
        ("ދިވެހި", "rtl"),
        ("ⵜⴰⵎⴰⵣⵉⵖⵜ", "ltr"),
        ("Привет", "ltr"),
        ("日本語", "ltr"),
        ("اب ab", "rtl"),
        ("ab اب", "ltr"),
        ("ﻻﻻ a", "rtl"),
        ("الحُكُومَةُ abcdefg", "rtl"),
        ("؟؟؟،،، abc", "ltr"),
        ("أعلن المكتب الشريف للفوسفاط OCP عن نتائجه السنوية في الدار البيضاء", "rtl"),
        ("L’Office chérifien des phosphates a annoncé ses résultats à Casablanca", "ltr"),
    ],
)
def test_direction(text: str, expected: Direction) -> None:
    assert detect_direction(text, "rtl") == expected
    assert detect_direction(text, "ltr") == expected


@pytest.mark.parametrize("text", ["", "2026", "— !", "😀", "ـــ"])
def test_text_without_letters_takes_the_fallback(text: str) -> None:
    assert detect_direction(text, "rtl") == "rtl"
    assert detect_direction(text, "ltr") == "ltr"
