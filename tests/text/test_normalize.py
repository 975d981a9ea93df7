"""Normalized letters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.text.normalize import fold_word, normalize


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مَدْرَسَة", "مدرسه"),
        ("إضراب", "اضراب"),
        ("آسفي", "اسفي"),
        ("ٱلحسيمة", "الحسيمه"),
        ("مستشفى", "مستشفي"),
        ("كـــرة", "كرة"),
        ("سؤال", "سوال"),
        ("رئيس", "رييس"),
        ("ا\u0654كادير", "أكادير"),  # hamza as a mark of its own
        ("ﻛﺮﺓ", "كرة"),
        ("ﷲ", "الله"),
        ("ﻻعب", "لاعب"),
        ("ک\u06cc", "كي"),  # Persian keyboards
        ("ݣلميم", "كلميم"),
        ("أڭادير", "اكادير"),
        ("ڤاس", "فاس"),
        ("ڢاس", "فاس"),
        ("پاريس", "باريس"),
        ("ال\u200fمغ\u200cرب\u202c", "المغرب"),
        ("١٢٣٤٥٦٧٨٩٠", "1234567890"),
        ("۱۲۳۴۵۶۷۸۹۰", "1234567890"),
        ("Économie", "economie"),
        ("e\u0301lan", "ELAN"),
        ("cœur", "coeur"),
        ("STRASSE", "straße"),
        ("İstanbul", "istanbul"),
        ("ﬁn", "fin"),
        ("l’été", "l'ete"),
    ],
)
def test_forms_of_one_word(one: str, other: str) -> None:
    assert normalize(one) == normalize(other) == fold_word(one)


@pytest.mark.parametrize("pair", ["ماء ما", "حرب حزب", "سلا كسلا", "مي من", "bois boit"])
def test_different_words_stay_different(pair: str) -> None:
    one, other = pair.split()
    assert normalize(one) != normalize(other)


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8")))
def test_it_is_idempotent(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@settings(max_examples=50)
@given(st.text(st.sampled_from("أهبةىئؤكگéàœÇs' ًٌـ\u0654٣")))
def test_composed_and_decomposed_text_is_the_same(text: str) -> None:
    assert normalize(unicodedata.normalize("NFD", text)) == normalize(text)
