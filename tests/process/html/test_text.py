"""Plain text out of sanitized HTML."""

import pytest

from aggregator.process.html.sanitize import sanitize
from aggregator.process.html.text import sanitized_to_text
from aggregator.text.plain import html_to_text
from aggregator.text.tokens import folded_words


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>أ</p><p>ب</p>", ["أ", "ب"]),
        ("الم<b>غر</b>ب", ["المغرب"]),
        ('ا<a href="https://a.ma/x" rel="x">ل</a>ب', ["الب"]),
        ("أ<br>ب", ["أ", "ب"]),
        ("<ul><li>أ</li><li>ب</li></ul>", ["أ", "ب"]),
        ("AT&amp;T &lt;b&gt; &amp;amp;", ["AT&T", "<b>", "&amp;"]),
        ('<img src="https://a.ma/x.jpg" alt="&lt;p&gt;">', []),
        ("أ<blockquote>ب</blockquote>ج", ["أ", "ب", "ج"]),
        ("ال<wbr>مغ<wbr>رب", ["المغرب"]),
        ("<time>2026</time>م <var>س</var>ص", ["2026م", "سص"]),
    ],
)
def test_text_of(html: str, words: list[str]) -> None:
    assert sanitized_to_text(html).split() == words


@pytest.mark.parametrize(
    "name",
    [
        *("address", "center", "dialog", "dir", "fieldset", "form", "hgroup", "legend", "main"),
        *("marquee", "menu", "nav", "search", "listing", "xmp", "option", "optgroup", "frameset"),
        *("h1", "h7", "td", "th", "canvas", "embed", "x-block", "MAIN", "Foo", "noscript", "body"),
    ],
)
def test_a_dropped_element_keeps_words_apart(name: str) -> None:
    body = f"قبل<{name} class=x>زلزال</{name}><{name}>الحوز</{name}>بعد"
    text = sanitized_to_text(sanitize(body, "https://example.ma/"))
    assert text.split() == ["قبل", "زلزال", "الحوز", "بعد"]
    assert html_to_text(body).split() == ["قبل", "زلزال", "الحوز", "بعد"]


@pytest.mark.parametrize("name", ["object", "select", "button", "textarea", "applet"])
def test_a_dropped_box_keeps_words_apart(name: str) -> None:
    html = sanitize(f"زلزال<{name}></{name}>الحوز", "https://example.ma/")
    assert sanitized_to_text(html).split() == ["زلزال", "الحوز"]


@pytest.mark.parametrize("inside", ["<wbr>", "<wbr/>", "<wbr></wbr>", "&shy;", "&#173;", "\u00ad"])
def test_a_place_to_break_does_not_split_a_word(inside: str) -> None:
    body = f"الم{inside}غرب"
    assert folded_words(sanitized_to_text(sanitize(body, "https://example.ma/"))) == ["المغرب"]
    assert html_to_text(body) == "المغرب"


@pytest.mark.parametrize("name", ["font", "blink", "nobr", "label", "big", "st1:city", "o:p"])
def test_an_inline_element_does_not_split_a_word(name: str) -> None:
    html = sanitize(f"ال<{name}>مغر</{name}>ب", "https://example.ma/")
    assert sanitized_to_text(html) == "المغرب"


def test_blocks_that_are_not_kept_stay_blocks() -> None:
    html = sanitize("<center>أ</center><menu><li>ب</li></menu><xmp>ج</xmp>", "https://example.ma/")
    assert html == "<div>أ</div><ul><li>ب</li></ul><pre>ج</pre>"


def test_a_body_too_deep_to_parse_keeps_words_apart() -> None:
    deep = "<b>" * 300
    assert sanitize(f"{deep}<center>زلزال</center>الح<b>و</b>ز", "https://example.ma/") == (
        "<p>زلزال</p><p>الحوز</p>"
    )
