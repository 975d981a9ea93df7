"""What is known of the words of a text."""

from __future__ import annotations

from aggregator.process.analysis import word_features
from aggregator.process.analysis.word_features import (
    MAX_WORD_LENGTH,
    MAX_WORDS,
    AnalyzedText,
    analyze_text,
)
from aggregator.process.stories.keys import anchor_key, term_key
from aggregator.process.stories.reprints import starts_shingle
from aggregator.text.stems import stem
from aggregator.text.tokens import folded_words

TEXT = "والحكومة المغربية في الرباط: l'Espagne… الحكومة، 2030"


def test_a_reading_tells_all_of_each_word() -> None:
    found = analyze_text(TEXT)
    assert list(found.folded) == folded_words(TEXT)
    assert list(found.stems) == [stem(word) for word in found.folded]
    assert list(found.shingle_starts) == [starts_shingle(word) for word in found.folded]
    by_word = dict(zip(found.folded, zip(found.terms, found.anchors, strict=True), strict=True))
    assert by_word["في"] == (0, 0)
    assert (
        by_word["والحكومه"] == by_word["الحكومه"] == (term_key("sحكوم"), anchor_key("cgovernment"))
    )
    assert by_word["espagne"][0] == term_key("sespagn")


def test_a_second_reading_is_the_same() -> None:
    assert analyze_text(TEXT) == analyze_text(TEXT)
    assert analyze_text(" … ") == analyze_text("") == AnalyzedText()


def test_long_words_and_long_texts_are_cut() -> None:
    assert analyze_text("ا" * 500 + " b").folded == ("ا" * MAX_WORD_LENGTH, "b")
    assert len(analyze_text("كلمة " * (MAX_WORDS + 9)).folded) == MAX_WORDS


def test_figures_are_told_from_names() -> None:
    assert anchor_key("n73") & 1
    assert not anchor_key("kxnc") & 1


def test_chunks_of_several_words_and_of_none_keep_their_places() -> None:
    found = list(word_features._of_chunks(["الPSG", "—", "كأس_العالم", "درهم"]))
    assert [[known[0] for known in each] for each in found] == [
        ["ال", "psg"], [], ["كاس", "العالم"], ["درهم"],
    ]  # fmt: skip
