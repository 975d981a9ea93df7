"""What an entry is found by."""

from __future__ import annotations

from aggregator.process.analysis.search_document import (
    build_search_document,
    index_words,
    searchable_text,
)
from aggregator.process.analysis.word_features import MAX_WORD_LENGTH, analyze_text


def test_the_words_of_an_entry() -> None:
    words = build_search_document(
        analyze_text("والحكومة تصادق"),
        analyze_text(searchable_text("ملخص مستقل تماما", "<p>نص <b>المقال</b></p>")),
        author="نجيب El Alami",
        language="ar",
        categories=("كأس العالم", "…"),
        has_image=True,
    )
    assert words.title == "والحكومه تصادق"
    assert words.title_stems == "حكوم تصادق"
    assert words.text == "ملخص مستقل تماما نص المقال"
    assert words.facets == "all lar i gكاسالعالم aنجيب ael aalami"
    assert words.length == 2 + 2 + 5 + 5 + 7


def test_a_summary_that_repeats_the_text_counts_once() -> None:
    assert searchable_text("نص المقال…", "<p>نص المقال كاملا</p>").strip() == "نص المقال كاملا"


def test_endless_words_are_cut() -> None:
    assert index_words("ا" * 500 + " b") == ["ا" * MAX_WORD_LENGTH, "b"]
    assert index_words("") == []
