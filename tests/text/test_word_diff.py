"""Two texts merged, with what was added and removed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.word_diff import DiffSegment, diff_words


def test_added_and_removed_words() -> None:
    assert diff_words("سدود OR مطر", "سدود OR ثلج مطر") == (
        DiffSegment("same", "سدود OR "), DiffSegment("added", "ثلج "), DiffSegment("same", "مطر"),
    )  # fmt: skip
    assert diff_words("", "a") == (DiffSegment("added", "a"),)
    assert diff_words("a", "") == (DiffSegment("removed", "a"),)


def test_a_rewritten_sentence_stays_whole() -> None:
    assert diff_words("طنجة 28 نونبر – سجل الميناء", "صحيفة الأطلس 28 – سجل الميناء") == (
        DiffSegment("removed", "طنجة 28 نونبر"),
        DiffSegment("added", "صحيفة الأطلس 28"),
        DiffSegment("same", " – سجل الميناء"),
    )


@given(st.text(max_size=30), st.text(max_size=30))
def test_both_texts_are_all_there(before: str, after: str) -> None:
    pieces = diff_words(before, after)
    assert "".join(each.text for each in pieces if each.kind != "added") == before
    assert "".join(each.text for each in pieces if each.kind != "removed") == after
