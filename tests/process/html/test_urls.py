"""URLs without tracking parameters, and equal if they name one article."""

from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.process.html.urls import canonical_url, strip_tracking, url_key
from aggregator.urls import resolve_url

BASE = "https://www.example.ma/news/feed?x=1"
ARABIC = "المغرب-يعلن"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.ma/x", "https://a.ma/x"),
        ("https://a.ma/x?utm_source=rss&utm_medium=feed", "https://a.ma/x"),
        ("https://a.ma/x?b=2&utm_source=rss&a=1", "https://a.ma/x?b=2&a=1"),
        ("https://a.ma/x?UTM_Source=rss", "https://a.ma/x"),
        (
            "https://a.ma/x?fbclid=1&gclid=2&yclid=3&mc_cid=4&mc_eid=5&igshid=6&ocid=7&_ga=8&id=9",
            "https://a.ma/x?id=9",
        ),
        ("https://bbc.com/x?at_medium=RSS&at_campaign=rss", "https://bbc.com/x"),
        ("https://lemonde.fr/x?xtor=RSS-3208", "https://lemonde.fr/x"),
        ("https://a.ma/x#xtor=RSS-1", "https://a.ma/x"),
        ("https://a.ma/x#utm_source=rss", "https://a.ma/x"),
        ("https://a.ma/x#:~:text=abc", "https://a.ma/x"),
        ("https://a.ma/x#part:~:text=abc", "https://a.ma/x#part"),
        ("https://a.ma/x?p=1#comments", "https://a.ma/x?p=1#comments"),
        ("https://a.ma/x?p=1&utm_source=x#comments", "https://a.ma/x?p=1#comments"),
        ("https://a.ma/x?", "https://a.ma/x"),
        (
            "https://a.ma/x?at=5&ref=home&source=x&utm=1",
            "https://a.ma/x?at=5&ref=home&source=x&utm=1",
        ),
        ("https://a.ma/x?q=utm_source", "https://a.ma/x?q=utm_source"),
    ],
)
def test_without_tracking(url: str, expected: str) -> None:
    assert strip_tracking(url) == expected
    assert strip_tracking(expected) == expected


SAME = [
    [
        "https://www.hespress.com/a-1.html",
        "http://www.hespress.com/a-1.html",
        "https://hespress.com/a-1.html",
        "https://m.hespress.com/a-1.html",
        "https://mobile.hespress.com/a-1.html",
        "https://amp.hespress.com/a-1.html",
        "https://www.m.hespress.com/a-1.html",
        "https://WWW.HESPRESS.COM/a-1.html",
        "https://www.hespress.com:443/a-1.html",
        "http://www.hespress.com:80/a-1.html",
        "https://www.hespress.com./a-1.html",
        "https://www.hespress.com/a-1.html/",
        "https://www.hespress.com/a-1.html//",
        "https://www.hespress.com/a-1.html#comments",
        "https://www.hespress.com/a-1.html?utm_source=rss",
        "https://www.hespress.com/a-1.html?fbclid=x&amp=1",
        "https://www.hespress.com/a-1.html/amp/",
        "https://www.hespress.com/x/../a-1.html",
        "https://www.hespress.com/%61-1.html",
        " https://www.hespress.com/a-1.html ",
    ],
    [
        f"https://a.ma/{ARABIC}",
        f"https://a.ma/{quote(ARABIC)}",
        f"https://a.ma/{quote(ARABIC).lower()}",
        f"https://a.ma/{quote(ARABIC)}/?utm_source=x",
    ],
    ["https://a.ma/é", "https://a.ma/e\u0301", "https://a.ma/%C3%A9", "https://a.ma/e%CC%81"],
    ["https://a.ma/x?a=1&b=2", "https://a.ma/x?b=2&a=1", "https://a.ma/x/?b=2&a=1&utm_id=3"],
    ["https://a.ma/news/", "https://a.ma/news/index.php", "https://a.ma/news/index.html"],
    ["https://a.ma/x%2fy", "https://a.ma/x%2Fy"],
    ["https://a.ma/a b", "https://a.ma/a%20b"],
    ["https://عربي.ma/x", "https://xn--ngbrx4e.ma/x"],
    ["https://a.ma/?p=12", "https://a.ma/index.php?p=12", "https://www.a.ma?p=12"],
]
DIFFERENT = [
    "https://a.ma/x",
    "https://a.ma/X",
    "https://a.ma/x/y",
    "https://a.ma/x%2Fy",
    "https://a.ma/x?id=1",
    "https://a.ma/x?id=2",
    "https://a.ma/x?id=%26",
    "https://a.ma/x%3Fid=1",
    "https://a.ma:8080/x",
    "https://b.ma/x",
    "https://fr.a.ma/x",
    "https://a.com/x",
    "https://m.ma/x",
    "https://www.ma/x",
    f"https://a.ma/{ARABIC}-2",
]


@pytest.mark.parametrize("urls", SAME, ids=lambda urls: urls[0])
def test_one_article(urls: list[str]) -> None:
    assert {canonical_url(url) for url in urls} == {canonical_url(urls[0])}
    assert len({url_key(url) for url in urls}) == 1
    assert url_key(urls[0]) is not None


def test_different_articles() -> None:
    assert len({canonical_url(url) for url in DIFFERENT}) == len(DIFFERENT)
    assert len({url_key(url) for url in DIFFERENT}) == len(DIFFERENT)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.ma",
        "https://a.ma/",
        "https://www.a.ma//",
        "https://a.ma/index.php",
        "https://a.ma/?utm_source=rss",
        "https://a.ma/#top",
        "https://a.ma/ar/",
        "https://a.ma/fr",
    ],
)
def test_a_home_page_names_no_article(url: str) -> None:
    assert url_key(url) is None


def test_keys_fit_in_a_signed_64_bit_column() -> None:
    keys = [url_key(f"https://a.ma/{number}") for number in range(200)]
    assert all(key is not None and -(2**63) <= key < 2**63 for key in keys)
    assert len(set(keys)) == 200
    assert any(key is not None and key < 0 for key in keys)


_ADDRESSES = st.one_of(
    st.text(max_size=60),
    st.text(max_size=60).map("https://a.ma/".__add__),
    st.text(alphabet="aم%2fFé/.?&=#:@[]\\ 8", max_size=40).map("http://www.m.a.ma".__add__),
)


@given(_ADDRESSES)
def test_canonical_is_idempotent(url: str) -> None:
    assert canonical_url(canonical_url(url)) == canonical_url(url)


@given(_ADDRESSES)
def test_stripping_tracking_twice_changes_nothing(url: str) -> None:
    assert strip_tracking(strip_tracking(url)) == strip_tracking(url)


def test_an_address_is_the_same_article_before_and_after_resolving() -> None:
    for urls in SAME:
        for first, second in pairwise(urls):
            resolved = resolve_url(second, BASE)
            assert resolved is not None
            assert url_key(resolved) == url_key(first)
