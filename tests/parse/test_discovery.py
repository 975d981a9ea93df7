"""Feeds that web pages advertise."""

from aggregator.parse.discovery import advertised_feeds

BASE = "https://example.ma/news/"


def link(attributes: str) -> str:
    return f"<html><head><link {attributes}></head></html>"


def test_the_three_formats_are_found_in_order() -> None:
    page = (
        '<LINK REL="alternate" TYPE="application/rss+xml" TITLE="أخبار &amp; رياضة" HREF="/rss">'
        "<link href=feed.atom rel='alternate feed' type='application/atom+xml; charset=utf-8' />"
        '<link rel="alternate"\n type="application/feed+json" href="//c.example.ma/j?a=1&amp;b=2">'
    )
    assert advertised_feeds(page, BASE) == (
        ("أخبار & رياضة", "https://example.ma/rss"),
        ("", "https://example.ma/news/feed.atom"),
        ("", "https://c.example.ma/j?a=1&b=2"),
    )


def test_what_is_no_feed_is_left_out() -> None:
    for attributes in (
        'rel="stylesheet" type="application/rss+xml" href="/a"',
        'rel="alternate" type="text/html" href="/a"',
        'rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1"',
        'rel="alternate" type="application/rss+xml"',
        'rel="alternate" type="application/rss+xml" href="javascript:alert(1)"',
        'rel="alternate" type="application/rss+xml" href="file:///etc/passwd"',
    ):
        assert advertised_feeds(link(attributes), BASE) == ()


def test_the_page_s_own_base_counts() -> None:
    page = '<base href="/other/">' + link('rel=alternate type=application/rss+xml href="rss"')
    assert advertised_feeds(page, BASE) == (("", "https://example.ma/other/rss"),)


def test_each_address_comes_once_and_not_too_many() -> None:
    tag = '<link rel="alternate" type="application/rss+xml" href="{}">'
    assert len(advertised_feeds(tag.format("/rss") * 50, BASE)) == 1
    assert len(advertised_feeds("".join(tag.format(n) for n in range(500)), BASE)) == 20


def test_pages_of_nothing_but_openings_end() -> None:
    for page in ("", "<link" * 200_000, "<link href=" * 90_000, '<link "' * 140_000):
        assert advertised_feeds(page, BASE) == ()
