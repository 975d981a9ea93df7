"""Plain-text bodies as HTML."""

import subprocess
import sys

import pytest

from aggregator.process.html.linkify import text_to_html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("نص", "<p>نص</p>"),
        ("سطر\nسطر\r\nسطر", "<p>سطر<br>سطر<br>سطر</p>"),
        ("فقرة\n\n\nفقرة\n \nفقرة", "<p>فقرة</p><p>فقرة</p><p>فقرة</p>"),
        ("1 < 2 & <b>", "<p>1 &lt; 2 &amp; &lt;b&gt;</p>"),
    ],
)
def test_paragraphs(text: str, expected: str) -> None:
    assert text_to_html(text) == expected


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("انظر https://a.ma/x?a=1&b=2 الآن", '<a href="https://a.ma/x?a=1&amp;b=2"'),
        ("انظر www.a.ma الآن", '<a href="https://www.a.ma"'),
        ("(https://a.ma/x).", '<a href="https://a.ma/x"'),
    ],
)
def test_addresses_become_links(text: str, link: str) -> None:
    assert link in text_to_html(text)


def test_mail_addresses_stay_text() -> None:
    assert "<a" not in text_to_html("a@b.ma و https")


def test_floods_of_addresses_stay_text() -> None:
    assert "<a" not in text_to_html("http://http://" * 50_000)


def test_bleach_is_only_loaded_for_addresses() -> None:
    script = (
        "import sys; from aggregator.process.html.linkify import text_to_html; text_to_html('x');"
        "assert 'bleach' not in sys.modules; text_to_html('https://a.ma');"
        "assert 'bleach' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
