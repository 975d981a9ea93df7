"""HTML fragments to plain text."""

import pytest

from aggregator.text.plain import (
    collapse_whitespace,
    decode_references,
    html_to_text,
    strip_controls,
    truncate,
)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("نص", "نص"),
        ("<p>أول</p><p>ثان</p>", "أول ثان"),
        ("a<br>b<br/>c", "a b c"),
        ("<b>ال</b>مغرب", "المغرب"),
        ("<a href='x' title=\"a>b\">هنا</a> و", "هنا و"),
        ("AT&amp;T &lt;b&gt; &#8217; &nbsp;x", "AT&T <b> ’ x"),
        ("3 < 5 <3 a<b", "3 < 5 <3 a<b"),
        ("x<script>alert('</p>')</script >y", "xy"),
        ("x<STYLE>p{}</STYLE>y", "xy"),
        ("x<script>never closed", "x"),
        ("x<!-- <p>no</p> -->y", "xy"),
        ("x<!-- open <p>y", "xy"),
        ("x<!doctype html><?php 1 ?>y", "xy"),
        ("<p>open <a href=", "open <a href="),
        ("&#xD800;&#0;x&#99999999999999999999999;", "\ufffd\ufffdx\ufffd"),
    ],
)
def test_fragments(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


def test_block_scripts_leave_a_space_where_browsers_would() -> None:
    assert html_to_text("a<div>b</div>c") == "a b c"
    assert html_to_text("a<iframe src=x>b</iframe>c<object>d</object>e") == "a c e"


@pytest.mark.parametrize(
    ("limit", "text"), [(100, "واحد اثنان ثلاثة"), (13, "واحد اثنان…"), (1, "…"), (0, "")]
)
def test_the_limit_counts_the_ellipsis(limit: int, text: str) -> None:
    shown = html_to_text("<p>واحد اثنان ثلاثة</p>", limit=limit)
    assert shown == text
    assert len(shown) <= limit


def test_a_word_without_end_is_cut_inside() -> None:
    assert truncate("ا" * 100, 50) == "ا" * 49 + "…"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("أ\u202eب\u2066ج\u2069د\u200f\u061c", "أبجد"),
        ("\ufeffa\u200bb\u00adc\u2060", "abc"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u200cا \u200d ب\u200c", "ا  ب"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\x00\x1b\x7f\x9fb\ud800\ufffe", "ab"),
        ("a\tb\nc\u2028d", "a\tb\nc d"),
    ],
)
def test_invisible_characters_are_removed(text: str, clean: str) -> None:
    assert strip_controls(text) == clean


def test_white_space_is_collapsed() -> None:
    assert collapse_whitespace(" a\u00a0\u3000b\t\r\n c ") == "a b c"


@pytest.mark.parametrize("number", ["9" * 10_000, "x" + "f" * 10_000])
def test_huge_references_are_one_replacement_character(number: str) -> None:
    assert decode_references(f"a&#{number};b") == "a\ufffdb"


@pytest.mark.parametrize(
    "markup", ["<", "<a", "<!--", "<!-- >", "<script>", '<a "', "&", "&#", "<a>", '<a ">']
)
def test_long_runs_of_anything_are_linear(markup: str) -> None:
    assert isinstance(html_to_text(markup * 200_000, limit=100), str)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Derby de Tanger\u00a0: la fin", "Derby de Tanger\u00a0: la fin"),
        ("«\u202fOui\u202f», dit-il\u00a0!", "«\u00a0Oui\u00a0», dit-il\u00a0!"),
        ("اليمن\u00a0اليوم", "اليمن اليوم"),
        ("6\u202f000 billets à 540\u00a0MDH", "6\u00a0000 billets à 540\u00a0MDH"),
        ("deux : points", "deux : points"),
        ("\u00a0\u00a0bord\u00a0\u00a0: x\u00a0 ", "bord : x"),
    ],
)
def test_french_no_break_spaces_stay(text: str, folded: str) -> None:
    assert collapse_whitespace(text) == folded
