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


@pytest.mark.parametrize(
    "text",
    [
        "شاهدوا https://www.example.com/watch?v=AbCdEfGhIjKlMnOp&list=PLabcdefghijklmnop",
        "زورونا www.example-newspaper-online.ma/category/politics",
        "تقرير example-newspaper-online.ma/category",
        "راسلونا newsroom.contact.desk@example-newspaper.ma",
        "mailto:newsroom.contact.desk@example-newspaper.ma بريدنا",
        "تابعونا: @TheExampleNewspaperOfficial #ExampleHashtagInLatin",
        "تابعونا＠TheExampleNewspaperOfficial ＃ExampleHashtagInLatin",
        "RT @someone.long.name@social.example.org: صباح الخير",
        "ملف (https://example.ma/a/very/long/address/in/latin/letters)",
        "https://example.com/" + "a" * 1_000 + " ثم خبر",
    ],
)
def test_addresses_and_tags_do_not_make_arabic_left_to_right(text: str) -> None:
    assert detect_direction(text, "ltr") == "rtl"


@pytest.mark.parametrize(
    "text",
    [
        "Le match #المغرب_البرتغال_كأس_العالم_مباشر",
        "Suivez @الجريدة_الإلكترونية_المغربية",
        "Météo: https://مثال.إختبار/طقس/المغرب/الدار-البيضاء",
    ],
)
def test_addresses_and_tags_do_not_make_french_right_to_left(text: str) -> None:
    assert detect_direction(text, "rtl") == "ltr"


@pytest.mark.parametrize(
    "text", ["", "2026", "https://example.ma/abc", "#Maroc @Rabat", "a@b.ma", "— !", "😀", "ـــ"]
)
def test_text_without_letters_takes_the_fallback(text: str) -> None:
    assert detect_direction(text, "rtl") == "rtl"
    assert detect_direction(text, "ltr") == "ltr"
