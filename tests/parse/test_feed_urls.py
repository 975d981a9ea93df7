"""Addresses of feeds as people and other programs write them."""

from __future__ import annotations

import pytest

from aggregator.parse.feed_urls import mend_feed_url, strip_credentials


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://a.example/f?x=1#y", "https://a.example/f?x=1#y"),
        ("HTTP://A.example", "HTTP://A.example"),
        ("feed://a.example/f", "https://a.example/f"),
        ("feed:http://a.example/f", "http://a.example/f"),
        ("feed:a.example/f", "https://a.example/f"),
        ("FEED:FEED://a.example/f", "https://a.example/f"),
        ("feed://https//a.example/f", "https://a.example/f"),
        ("pcast://a.example/f", "https://a.example/f"),
        ("//a.example/f", "https://a.example/f"),
        ("www.a.example", "https://www.a.example"),
        ("a.example/f", "https://a.example/f"),
        ("a.example:8080/f", "https://a.example:8080/f"),
        ("الضفة.example/تغذية", "https://الضفة.example/تغذية"),
        ("https:a.example/f", "https://a.example/f"),
        ("http//a.example/f", "http://a.example/f"),
        ("http:\\\\a.example\\f", "http://a.example/f"),
        (" https://a.example/my feed\u200b ", "https://a.example/my%20feed"),
        ("http://[2001:db8::1]:8080/f", "http://[2001:db8::1]:8080/f"),
    ],
)
def test_what_can_be_mended(written: str, url: str) -> None:
    assert mend_feed_url(written) == (url, "")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "no_address"),
        (" \u200f\n", "no_address"),
        ("javascript:alert(1)", "scheme"),
        ("JAVASCRIPT:x@b.example/f", "scheme"),
        ("feed:javascript:alert(1)", "scheme"),
        ("feed:file:///etc/passwd", "scheme"),
        ("ftp://a.example/f", "scheme"),
        ("mailto:news@a.example/f", "scheme"),
        ("feed me", "address"),
        ("news.xml", "address"),
        ("feeds/news.xml", "address"),
        ("news@a.example", "address"),
        ("https://", "address"),
        ("https://a b.example/f", "address"),
        ("http://a.example:0/f", "address"),
        ("https://a.example/" + "x" * 8_000, "address"),
    ],
)
def test_what_cannot(written: str, problem: str) -> None:
    assert mend_feed_url(written) == ("", problem)


@pytest.mark.parametrize(
    "written",
    [
        "https://u:hunter2@h.example/f?a=b@c",
        "https://u:hunter2@again@h.example/f?a=b@c",
        "https://hunter2@h.example/f?a=b@c",
        "feed://u:hunter2@h.example/f?a=b@c",
        "u:hunter2@h.example/f?a=b@c",
    ],
)
def test_names_and_passwords_are_left_out(written: str) -> None:
    assert mend_feed_url(written) == ("https://h.example/f?a=b@c", "credentials")


def test_credentials_in_a_title() -> None:
    assert strip_credentials("Feed of https://u:p@h.example/f, by a@b.example") == (
        "Feed of https://h.example/f, by a@b.example"
    )
