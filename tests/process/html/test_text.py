"""Plain text out of sanitized HTML."""

import pytest

from aggregator.process.html.text import sanitized_to_text


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
    ],
)
def test_text_of(html: str, words: list[str]) -> None:
    assert sanitized_to_text(html).split() == words
