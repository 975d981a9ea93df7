"""One bad entry costs no other: the entries beside it read as they are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from aggregator.parse.feed import parse_feed
from aggregator.types import FeedDocument, ParsedFeed

_NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
)


def parsed(body: str) -> ParsedFeed:
    return parse_feed(
        FeedDocument(
            body=body.encode(),
            content_type="text/xml",
            url="https://example.ma/feed",
            language="ar",
            timezone="Africa/Casablanca",
            now=datetime(2026, 8, 15, tzinfo=UTC),
        )
    )


def rss_item(number: int) -> str:
    return (
        f"<item><title>عنوان {number}</title><link>https://example.ma/{number}</link>"
        f'<guid isPermaLink="false">g{number}</guid>'
        f'<source url="https://wire.example/">وكالة {number}</source>'
        "<pubDate>Sat, 15 Aug 2026 10:30:00 +0100</pubDate>"
        f"<dc:creator><![CDATA[كاتب {number}]]></dc:creator><category>رياضة</category>"
        f"<description><![CDATA[<p>ملخص {number}</p>]]></description>"
        f"<content:encoded><![CDATA[<p>نص <b>طويل</b> {number}</p>]]></content:encoded>"
        f'<media:content url="https://example.ma/{number}.jpg" medium="image">'
        f"<media:title>صورة {number}</media:title>"
        f"<media:credit>مصور {number}</media:credit></media:content>"
        f'<media:thumbnail url="https://example.ma/{number}-s.jpg"/></item>'
    )


def atom_entry(number: int) -> str:
    return (
        f'<entry><title>عنوان {number}</title><link href="https://example.ma/{number}"/>'
        f"<id>urn:{number}</id><published>2026-08-15T09:30:00Z</published>"
        f"<updated>2026-08-15T09:30:00Z</updated><author><name>كاتب {number}</name></author>"
        f'<category term="رياضة"/>'
        f"<source><id>urn:s</id><title>مصدر {number}</title><updated>2026-08-15T09:30:00Z</updated>"
        f'</source><summary type="html"><![CDATA[<p>ملخص {number}</p>]]></summary>'
        f'<content type="html">&lt;p&gt;نص طويل {number}&lt;/p&gt;</content>'
        f'<media:thumbnail url="https://example.ma/{number}-s.jpg"/>'
        f"<media:group><media:title>صورة {number}</media:title>"
        f'<media:content url="https://example.ma/{number}.jpg" medium="image"/></media:group>'
        "</entry>"
    )


def rss(*items: str) -> str:
    return (
        f'<rss version="2.0" {_NAMESPACES}><channel><title>جريدة</title>'
        f"<link>https://example.ma/</link>{''.join(items)}</channel></rss>"
    )


def rdf(*items: str) -> str:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns="http://purl.org/rss/1.0/" {_NAMESPACES}><channel><title>جريدة</title>'
        f"<link>https://example.ma/</link></channel>{''.join(items)}</rdf:RDF>"
    )


def atom(*entries: str) -> str:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {_NAMESPACES}><title>جريدة</title>'
        f"<id>urn:feed</id>{''.join(entries)}</feed>"
    )


# (what is written, what stands in its place in the bad entry)
RSS_FAULTS = {
    "cdata-space": ("ملخص 2</p>]]>", "ملخص 2</p>]] >"),
    "cdata-spaces": ("ملخص 2</p>]]>", "ملخص 2</p>] ] >"),
    "cdata-one-bracket": ("ملخص 2</p>]]>", "ملخص 2</p>]>"),
    "cdata-open": ("ملخص 2</p>]]>", "ملخص 2</p>"),
    "cdata-in-author": ("كاتب 2]]>", "كاتب 2]] >"),
    "cdata-in-body": ("</b> 2</p>]]>", "</b> 2</p>]] >"),
    "cdata-twice": ("ملخص 2</p>]]>", "ملخص 2</p>]]>]]>"),
    "cdata-end-in-text": ("عنوان 2<", "عنوان ]]> 2<"),
    "title-misspelled": ("عنوان 2</title>", "عنوان 2</titel>"),
    "title-other": ("عنوان 2</title>", "عنوان 2</description>"),
    "title-upper": ("عنوان 2</title>", "عنوان 2</Title>"),
    "title-open": ("عنوان 2</title>", "عنوان 2"),
    "title-opened-again": ("عنوان 2</title>", "عنوان 2<title>"),
    "link-open": ("example.ma/2</link>", "example.ma/2"),
    "guid-open": ("g2</guid>", "g2"),
    "guid-misspelled": ("g2</guid>", "g2</giud>"),
    "source-open": ("وكالة 2</source>", "وكالة 2"),
    "source-misspelled": ("وكالة 2</source>", "وكالة 2</src>"),
    "category-open": ("رياضة</category>", "رياضة"),
    "description-open": ("]]></description><content", "]]><content"),
    "description-misspelled": ("]]></description><content", "]]></descripton><content"),
    "body-misspelled": ("]]></content:encoded>", "]]></content>"),
    "body-open": ("]]></content:encoded>", "]]>"),
    "media-open": ("</media:content>", ""),
    "media-misspelled": ("</media:content>", "</media:contnt>"),
    "media-title-open": ("صورة 2</media:title>", "صورة 2"),
    "media-title-wrong": ("صورة 2</media:title>", "صورة 2</media:text>"),
    "media-credit-open": ("</media:credit>", ""),
    "thumbnail-open": ("2-s.jpg\"/>", "2-s.jpg\">"),
    "item-open": ("2-s.jpg\"/></item>", "2-s.jpg\"/>"),
    "item-misspelled": ("2-s.jpg\"/></item>", "2-s.jpg\"/></itme>"),
    "item-closed-twice": ("2-s.jpg\"/></item>", "2-s.jpg\"/></item></item>"),
    "stray-ends": ("<title>عنوان 2", "</x></y><title>عنوان 2"),
    "raw-html": ("<![CDATA[<p>ملخص 2</p>]]>", "<p>ملخص<br>2 <b>x</p>"),
    "raw-html-in-title": ("عنوان 2", "عنوان <b>2"),
    "raw-html-in-category": ("رياضة<", "<p>رياضة<br><"),
    "attribute-without-quotes": ("url=\"https://wire.example/\"", "url=https://wire.example/"),
    "attribute-open": ("2-s.jpg\"/>", "2-s.jpg/>"),
    "attribute-twice": ("medium=\"image\"", "medium=\"image\" medium=\"image\""),
    "less-than": ("عنوان 2", "عنوان 1 < 2 <3 <"),
    "comment": ("<guid", "<!-- a -- b --><guid"),
    "comment-open": ("<guid", "<!-- a <guid"),
    "comment-around": ("<guid", "<!-- <b>a -- </c> --><guid"),
    "instruction-open": ("<guid", "<?php a <guid"),
    "text-before-cdata": ("<![CDATA[كاتب 2]]>", "كاتب <![CDATA[2]] >"),
    "prefix": ("<guid", "<x:y z:a=\"1\">b</x:y><guid"),
}  # fmt: skip
ATOM_FAULTS = {
    "cdata-space": ("ملخص 2</p>]]>", "ملخص 2</p>]] >"),
    "cdata-open": ("ملخص 2</p>]]>", "ملخص 2</p>"),
    "title-misspelled": ("عنوان 2</title>", "عنوان 2</titel>"),
    "title-open": ("عنوان 2</title>", "عنوان 2"),
    "link-open": ("example.ma/2\"/>", "example.ma/2\">"),
    "id-open": ("urn:2</id>", "urn:2"),
    "id-misspelled": ("urn:2</id>", "urn:2</guid>"),
    "author-open": ("</author>", ""),
    "name-open": ("كاتب 2</name>", "كاتب 2"),
    "name-and-author-open": ("كاتب 2</name></author>", "كاتب 2"),
    "source-open": ("</source>", ""),
    "source-misspelled": ("</source>", "</soruce>"),
    "source-title-open": ("مصدر 2</title>", "مصدر 2"),
    "summary-open": ("]]></summary>", "]]>"),
    "content-misspelled": ("2&lt;/p&gt;</content>", "2&lt;/p&gt;</contnet>"),
    "group-open": ("</media:group>", ""),
    "media-title-open": ("صورة 2</media:title>", "صورة 2"),
    "media-open": ("medium=\"image\"/>", "medium=\"image\">"),
    "thumbnail-open": ("2-s.jpg\"/>", "2-s.jpg\">"),
    "entry-open": ("</media:group></entry>", "</media:group>"),
    "entry-misspelled": ("</entry>", "</entyr>"),
    "published-open": ("</published>", ""),
}  # fmt: skip
_CASES = [
    *((rss, rss_item, name, fault) for name, fault in RSS_FAULTS.items()),
    *((rdf, rss_item, name, fault) for name, fault in RSS_FAULTS.items()),
    *((atom, atom_entry, name, fault) for name, fault in ATOM_FAULTS.items()),
]


# Faults whose text is no longer the same.
_OTHERWISE = {
    "cdata-end-in-text": "عنوان ]]> 2",
    "less-than": "عنوان 1 < 2 <3 <",
    "raw-html": "عنوان 2",
}


@pytest.mark.parametrize(
    ("feed", "entry", "name", "fault"),
    _CASES,
    ids=[f"{case[0].__name__}-{case[2]}" for case in _CASES],
)
@pytest.mark.parametrize("place", ["first", "between", "last"])
def test_every_entry_stands_as_written(
    feed: Callable[..., str],
    entry: Callable[[int], str],
    name: str,
    fault: tuple[str, str],
    place: str,
) -> None:
    good, bad = fault
    written = entry(2)
    assert good in written
    before = [] if place == "first" else [entry(1)]
    after = [] if place == "last" else [entry(3)]
    expected = list(parsed(feed(*before, written, *after)).entries)
    read = parsed(feed(*before, written.replace(good, bad, 1), *after))
    found = list(read.entries)
    assert [problem.kind for problem in read.problems] == ["damaged"]
    if name in _OTHERWISE:
        expected.pop(len(before))
        assert found.pop(len(before)).title == _OTHERWISE[name]
    assert found == expected


@pytest.mark.parametrize("end", range(1, 400, 7))
def test_a_bad_entry_in_a_document_that_is_cut(end: int) -> None:
    """The entry in which it ends waits for the next poll."""
    broken = rss_item(1).replace("</title>", "</titel>", 1)
    whole = rss(broken, rss_item(2), rss_item(3))
    cut = whole.index("<item>", whole.index("g2")) + end
    found = parsed(whole[:cut]).entries
    assert found == parsed(rss(rss_item(1), rss_item(2))).entries


@pytest.mark.parametrize(
    "part",
    [
        *("<title>", "</title>", "</x>", "<x>", "<item>", "</item>", "<title>x</y>", "<a b='", "<"),
        *(
            "<![CDATA[",
            "<![CDATA[x]] ></title>",
            "<title><![CDATA[x</title>",
            "]]>",
            "<!--",
            "<!-- <",
            "&",
        ),
        *('<media:content url="x">', "<source>", "<x y=z y=z>", "<description>", "<a:b", "]]<a>"),
    ],
)
def test_long_runs_of_faults_are_linear(part: str) -> None:
    feed = parsed(rss("</y>", rss_item(1), f"<item>{part * 20_000}</item>"))
    assert feed.entries[0] == parsed(rss(rss_item(1))).entries[0]
