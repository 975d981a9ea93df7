"""URLs are read as browsers read them, and stay readable where they were written so."""

from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aggregator.types.limits import MAX_URL
from aggregator.urls import parse_href, parse_web_url, published_url, resolve_url, split_href

BASE = "https://www.example.ma/news/feed?x=1"
ARABIC = "المغرب-يعلن"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.ma", "https://a.ma"),
        ("https://a.ma/x/y.html?b=1&a=2#z", "https://a.ma/x/y.html?b=1&a=2#z"),
        ("HTTP://A.Ma/X", "http://a.ma/X"),
        ("//a.ma/x", "https://a.ma/x"),
        ("///a.ma/x", "https://a.ma/x"),
        ("/x", "https://www.example.ma/x"),
        ("x", "https://www.example.ma/news/x"),
        ("../x", "https://www.example.ma/x"),
        ("../../../x", "https://www.example.ma/x"),
        ("?y=1", "https://www.example.ma/news/feed?y=1"),
        ("#top", "https://www.example.ma/news/feed?x=1#top"),
        ("  https://a.ma/x\n", "https://a.ma/x"),
        ("\u200f\xa0https://a.ma/x\u200e", "https://a.ma/x"),
        ("ht\ttps://a.\nma/x", "https://a.ma/x"),
        ("\\\\a.ma\\x", "https://a.ma/x"),
        ("https:\\\\a.ma\\x?q=\\y", "https://a.ma/x?q=\\y"),
        ("https:/a.ma/x", "https://www.example.ma/a.ma/x"),
        ("http:/a.ma/x", "http://a.ma/x"),
        ("https:x", "https://www.example.ma/news/x"),
        ("http:a.ma", "http://a.ma/"),
        ("https://a.ma/a b", "https://a.ma/a%20b"),
        ('https://a.ma/"<x>`', "https://a.ma/%22%3Cx%3E%60"),
        ("https://a.ma/100%", "https://a.ma/100%"),
        ("https://a.ma/a/../b/./c", "https://a.ma/b/c"),
        (f"https://a.ma/{ARABIC}", f"https://a.ma/{ARABIC}"),
        (f"https://a.ma/{quote(ARABIC)}", f"https://a.ma/{quote(ARABIC)}"),
        ("https://a.ma/\u202ex", "https://a.ma/%E2%80%AEx"),
        ("https://هسبريس.المغرب/x", "https://هسبريس.المغرب/x"),
        ("https://xn--mgbc0a9azcg.xn--mgbc0a9azcg/", "https://xn--mgbc0a9azcg.xn--mgbc0a9azcg/"),
        (
            f"https://a.ma/{ARABIC}?x=%25{quote(ARABIC)}",
            f"https://a.ma/{ARABIC}?x=%25{quote(ARABIC)}",
        ),
        ("https://هسبريس%2eالمغرب/x", "https://هسبريس.المغرب/x"),
        ("https://xn--mgbc0a9azcg.ma/طقس", "https://xn--mgbc0a9azcg.ma/طقس"),
        ("https://STRASSE.ma/é", "https://strasse.ma/é"),
        ("https://a.ma%2eb.test/", "https://a.ma.b.test/"),
        ("https://0x5db8d822/x", "https://93.184.216.34/x"),
        ("https://a.ma:443/x", "https://a.ma/x"),
        ("https://a.ma:8443/x", "https://a.ma:8443/x"),
        ("https://[2001:db8::1]:8080/x", "https://[2001:db8::1]:8080/x"),
    ],
)
def test_resolve(url: str, expected: str) -> None:
    assert resolve_url(url, BASE) == expected


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "   ",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "javascript:`نص 1`",
        "\x00javascript:x",
        "\u200bjavascript:x",
        "data:text/html,x",
        "mailto:a@b.ma",
        "ftp://a.ma/x",
        "file:///etc/passwd",
        "feed:https://a.ma/x",
        "https://",
        "https:///",
        "https://user@a.ma/",
        "https://user:secret@a.ma/",
        "//user@a.ma",
        "https://a b.ma/",
        "https://a.ma%2fevil.test/",
        "https://[::1",
        "https://[::1]x/",
        "https://a.ma:99999/",
        "https://a.ma:x/",
        "https://./",
        "https://a.ma/" + "x" * MAX_URL,
    ],
)
def test_resolve_refuses(url: str | None) -> None:
    assert resolve_url(url, BASE) is None


@pytest.mark.parametrize("base", ["", "x", "javascript:alert(1)", "file:///x"])
def test_a_base_that_is_no_address_resolves_nothing_relative(base: str) -> None:
    assert resolve_url("/x", base) is None
    assert resolve_url("https://a.ma/x y", base) == "https://a.ma/x%20y"


_ADDRESSES = st.one_of(
    st.text(max_size=60),
    st.text(max_size=60).map("https://a.ma/".__add__),
    st.text(max_size=20).map("https://".__add__),
    st.text(alphabet="aم%2eEfé/.?&=#:@'-~\u202e", max_size=30).map("https://a.ma/".__add__),
    st.text(alphabet="aم%2fFé/.?&=#:@[]\\ 8", max_size=40).map("http://www.m.a.ma".__add__),
)


@given(_ADDRESSES, _ADDRESSES)
def test_resolve_gives_absolute_addresses_that_it_would_give_again(url: str, base: str) -> None:
    result = resolve_url(url, base)
    if result is not None:
        assert result.startswith(("http://", "https://"))
        assert result.isprintable()
        assert resolve_url(result, "") == result


@given(_ADDRESSES)
def test_a_browser_reads_the_same_from_the_resolved_address(url: str) -> None:
    assume(url == url.strip() and url[:1].isprintable() and url[-1:].isprintable())
    resolved = resolve_url(url, "")
    if resolved is not None:
        assert parse_href(resolved) == parse_href(url)
        host = split_href(parse_href(url)).host  # type: ignore[union-attr]  # resolved
        assert parse_web_url(resolved).host == host  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("HTTPS://A.ma", ("https", None, "a.ma", None, "/", "", "")),
        ("http://a.ma:81/x?y=1#z", ("http", None, "a.ma", 81, "/x", "?y=1", "#z")),
        ("http://u:p@a.ma:80/?#", ("http", "u:p", "a.ma", None, "/", "?", "#")),
        ("http://[::1]:8/", ("http", None, "[::1]", 8, "/", "", "")),
        ("http://é.ma/é", ("http", None, "xn--9ca.ma", None, "/%C3%A9", "", "")),
        ("http://a.ma/é?%zz#", ("http", None, "a.ma", None, "/é", "?%zz", "#")),
    ],
)
def test_the_parts_of_a_web_address(url: str, parts: tuple[object, ...]) -> None:
    assert parse_web_url(url) == parts


@pytest.mark.parametrize(
    "url", ["", "x", "/x", "ftp://a.ma/", "javascript:x", "http://a b/", "\ud800"]
)
def test_other_addresses_have_no_parts(url: str) -> None:
    assert parse_web_url(url) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/n?a=1&amp;b=2", "https://www.a.ma/n?a=1&b=2"),
        ("/n?a=1&amp;amp;b=2", "https://www.a.ma/n?a=1&b=2"),
        ("/n?a=1&#038;b=2&#x26;c=3", "https://www.a.ma/n?a=1&b=2&c=3"),
        ("/n?a=1&copy=2", "https://www.a.ma/n?a=1&copy=2"),
        ("www.b.ma", "https://www.b.ma"),
        (" WWW.B.ma/x ", "https://www.b.ma/x"),
        ("www.b.ma:8080/x?y#z", "https://www.b.ma:8080/x?y#z"),
        ("a.ma/n/1", "https://a.ma/n/1"),
        ("www.a.ma/n/1", "https://www.a.ma/n/1"),
        ("b.ma/n/1", "https://www.a.ma/d/b.ma/n/1"),
        ("a.ma", "https://www.a.ma/d/a.ma"),
        ("www.html", "https://www.a.ma/d/www.html"),
        ("http://b.ma/?u=www.c.ma", "http://b.ma/?u=www.c.ma"),
        ("//www.b.ma/x", "https://www.b.ma/x"),
        ("http://https://b.ma/x", "https://b.ma/x"),
        ("http://http://b.ma/x", "http://b.ma/x"),
        ("https//b.ma/x", "https://b.ma/x"),
        (" http//b.ma/x ", "http://b.ma/x"),
        ("https:https://b.ma/x", "https://b.ma/x"),
        ("http://httpd.b.ma/http://c.ma/", "http://httpd.b.ma/http://c.ma/"),
        ("https://b.ma/http//c.ma", "https://b.ma/http//c.ma"),
        ("mailto:www.b.ma", None),
        ("javascript:www.b.ma", None),
        ("", None),
        (None, None),
    ],
)
def test_what_publishers_get_wrong_is_mended(written: str | None, meant: str | None) -> None:
    assert published_url(written, "https://www.a.ma/d/e") == meant
