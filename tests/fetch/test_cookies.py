"""Cookies of one poll: whose they are, how long they last, how many there may be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from yarl import URL

from aggregator.fetch.cookies import MAX_COOKIE, MAX_COOKIES, PollCookies

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HERE = URL("https://a.example/feed")


def cookies(*set_cookie: str, url: URL = HERE) -> PollCookies:
    jar = PollCookies()
    for header in set_cookie:
        jar.store(url, [header], NOW)
    return jar


@pytest.mark.parametrize(
    ("set_cookie", "sent"),
    [
        (("a=1",), "a=1"),
        (("a=1", "b=2; Path=/x; HttpOnly; SameSite=Lax"), "a=1; b=2"),
        (("a=1", "a=2"), "a=2"),
        (("a=",), "a="),
        (('a="x y=z"',), 'a="x y=z"'),
        (("a=1; Domain=.example",), "a=1"),
        (("a=1; Secure",), "a=1"),
        (("a=1", "a=gone; Max-Age=0"), ""),
        (("a=1", "a=gone; max-age=-1"), ""),
        (("a=1", "a=gone; Expires=Thu, 01-Jan-1970 00:00:00 GMT"), ""),
        (("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60",), "a=1"),
        (("a=1; Expires=soon",), "a=1"),
        (("",), ""),
        (("a",), ""),
        (("=1",), ""),
        (("a b=1",), ""),
        (("a=\r\nX: y",), ""),
        (("a=أ",), ""),
        (("a=" + "x" * MAX_COOKIE,), ""),
    ],
)
def test_what_is_sent_back(set_cookie: tuple[str, ...], sent: str) -> None:
    assert cookies(*set_cookie).header(URL("https://a.example/other")) == sent


@pytest.mark.parametrize(
    "url", ["https://b.example/", "https://www.a.example/", "https://example/", "http://127.0.0.1/"]
)
def test_no_other_host_gets_any(url: str) -> None:
    assert cookies("a=1; Domain=example").header(URL(url)) == ""


def test_secure_cookies_are_for_https_only() -> None:
    plain = URL("http://a.example/")
    assert cookies("a=1", "b=2; Secure").header(plain) == "a=1"
    assert cookies("b=2; Secure", url=plain).header(HERE) == ""


def test_there_are_not_too_many() -> None:
    sent = cookies(*(f"c{n}=1" for n in range(1_000))).header(HERE)
    assert sent.count("=") == MAX_COOKIES
