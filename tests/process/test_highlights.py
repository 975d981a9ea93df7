"""What was looked for, marked in the text as it was published."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.process.highlights import Needle, mark, snippet
from aggregator.types import MarkedText


def shown(spans: MarkedText) -> str:
    return "".join(f"[{span.text}]" if span.marked else span.text for span in spans)


STEM = Needle("stems", ("مغرب",))
PHRASE = Needle("exact", ("قانون", "الماليه"))
PREFIX = Needle("begins", ("انتخاب",))


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
    assert shown(mark(text, [PHRASE, STEM, PREFIX])) == expected


def test_a_snippet_is_where_most_is() -> None:
    text = "المغرب أولا. " + "كلمة أخرى " * 60 + "ثم قانون المالية بالمغرب هنا. " + "ختام " * 80
    found = shown(snippet(text, [PHRASE, STEM], 120))
    assert found.startswith("…")
    assert "[قانون المالية] [بالمغرب]" in found
    assert found.endswith("…")
    assert len(found) < 160


def test_without_a_mark_it_is_the_beginning() -> None:
    assert shown(snippet("بداية النص " + "كلمة " * 99, [STEM], 40)).startswith("بداية النص كلمة")
    assert shown(snippet("قصير", [Needle("stems", ("قصير",), title_only=True)], 40)) == "قصير"


@settings(max_examples=50)
@given(st.text(), st.integers(20, 300))
def test_nothing_is_lost_or_added(text: str, length: int) -> None:
    assert "".join(span.text for span in mark(text, [STEM, PREFIX])) == text
    spans = snippet(text, [STEM, PREFIX], length)
    assert len("".join(span.text for span in spans)) <= length + 17
