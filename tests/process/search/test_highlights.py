"""Matches are marked in the text as published."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.process.search.highlights import Highlighter, Needle, highlight, snippet
from aggregator.types import MarkedText


def shown(spans: MarkedText) -> str:
    return "".join(f"[{span.text}]" if span.marked else span.text for span in spans)


STEM = Needle("stems", ("مغرب",))
PHRASE = Needle("exact", ("قانون", "الماليه"))
PREFIX = Needle("prefix", ("انتخاب",))
FINDER = Highlighter([PHRASE, STEM, PREFIX])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قال المَغْرِبُ وبالمغرب.", "قال [المَغْرِبُ] [وبالمغرب]."),
        ("قانون المالية، قانون آخر", "[قانون المالية]، قانون آخر"),
        ("الانتخابات", "[الانتخابات]"),
        ("<b>مغرب</b> & co", "<b>[مغرب]</b> & co"),
        ("لا شيء", "لا شيء"),
        ("", ""),
    ],
)
def test_marks(text: str, expected: str) -> None:
    assert shown(highlight(text, FINDER)) == expected


def test_a_snippet_is_cut_around_most_needles() -> None:
    text = "المغرب أولا. " + "كلمة أخرى " * 60 + "ثم قانون المالية بالمغرب هنا. " + "ختام " * 80
    found = shown(snippet(text, FINDER, 120))
    assert found.startswith("…")
    assert "[قانون المالية] [بالمغرب]" in found
    assert found.endswith("…")
    assert len(found) < 160


def test_a_snippet_without_matches_is_the_beginning() -> None:
    assert shown(snippet("بداية النص " + "كلمة " * 99, FINDER, 40)).startswith("بداية النص كلمة")
    titles = Highlighter([Needle("stems", ("قصير",), title_only=True)])
    assert shown(snippet("قصير", titles.without_title_needles(), 40)) == "قصير"
    assert shown(highlight("قصير", titles)) == "[قصير]"


@settings(max_examples=50)
@given(st.text(), st.integers(20, 300))
def test_spans_add_up_to_the_text(text: str, length: int) -> None:
    assert "".join(span.text for span in highlight(text, FINDER)) == text
    spans = snippet(text, FINDER, length)
    assert len("".join(span.text for span in spans)) <= length + 17
