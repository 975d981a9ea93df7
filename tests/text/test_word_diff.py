"""Two texts as one, with what came and what went."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.word_diff import Piece, difference


def test_words_that_came_and_went() -> None:
    assert difference("سدود OR مطر", "سدود OR ثلج مطر") == (
        Piece("same", "سدود OR "), Piece("added", "ثلج "), Piece("same", "مطر"),
    )  # fmt: skip
    assert difference("", "a") == (Piece("added", "a"),)
    assert difference("a", "") == (Piece("removed", "a"),)


def test_a_sentence_that_was_written_anew_is_read_whole() -> None:
    assert difference("طنجة 28 نونبر – سجل الميناء", "صحيفة الأطلس 28 – سجل الميناء") == (
        Piece("removed", "طنجة 28 نونبر"),
        Piece("added", "صحيفة الأطلس 28"),
        Piece("same", " – سجل الميناء"),
    )


@given(st.text(max_size=30), st.text(max_size=30))
def test_both_texts_are_all_there(before: str, after: str) -> None:
    pieces = difference(before, after)
    assert "".join(each.text for each in pieces if each.kind != "added") == before
    assert "".join(each.text for each in pieces if each.kind != "removed") == after
