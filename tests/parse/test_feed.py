"""Documents as publishers send them, to feeds: what is refused, mended and cut."""

from pathlib import Path

import pytest

from aggregator.errors import ParseError
from aggregator.parse.feed import MAX_ENTRIES
from aggregator.types import FeedProblem
from aggregator.types.limits import MAX_AUTHOR, MAX_CATEGORIES, MAX_ENCLOSURES, MAX_TITLE
from tests.parse.documents import atom, first, item, kinds, parsed, rss


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "image/png", "application/octet-stream", "; ; =", "", "text/xml; charset=utf-7"],
)
def test_the_content_decides_not_its_label(content_type: str) -> None:
    feed = parsed(rss(item()), content_type)
    assert [entry.title for entry in feed.entries] == ["مقال"]
    assert feed.problems == ()


# --- not a feed ------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
def test_an_empty_body_is_an_error(body: bytes) -> None:
    with pytest.raises(ParseError) as error:
        parsed(body)
    assert error.value.kind == "empty"


def test_a_web_page_is_an_error_that_names_its_feeds() -> None:
    page = (
        "<!DOCTYPE html><html><head><title>دخول</title>"
        '<link rel="alternate" type="application/rss+xml" title="الأخبار" href="/rss">'
        "</head><body><form></form></body></html>"
    )
    with pytest.raises(ParseError) as error:
        parsed(page)
    assert error.value.kind == "html"
    assert error.value.advertised == (("الأخبار", "https://example.ma/rss"),)


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n<x:xmpmeta><rdf:RDF></rdf:RDF></x:xmpmeta>\n%%EOF",
        bytes(range(256)) * 40,
        b"just words",
        b"<opml><body><outline/></body></opml>",
        b"<rss></rss>",
        b'{"items": 5}',
        b"{not json",
        b'{"version": "https://example.ma/other", "items": []}',
        b'{"a":' * 50_000,
    ],
)
def test_other_documents_are_errors(body: bytes) -> None:
    with pytest.raises(ParseError) as error:
        parsed(body)
    assert error.value.kind == "not_a_feed"


def test_a_feed_without_entries_is_a_feed() -> None:
    feed = parsed(rss())
    assert (feed.title, feed.entries, feed.problems) == ("جريدة", (), ())


# --- hostile ---------------------------------------------------------------------------------


def test_entities_of_the_document_are_never_expanded() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]>{rss(item("&l9;"))[38:]}'
    assert first(bomb).title == "&l9;"


def test_external_entities_are_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("سر")
    body = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + rss(item("&x;"))[38:]
    assert "سر" not in repr(parsed(body))


def test_a_subset_that_closes_early_hides_nothing() -> None:
    feed = parsed('<!DOCTYPE rss [<!ENTITY a "]>">]>' + rss(item("&a;"))[38:])
    assert feed.entries[0].title == "&a;"


def test_undefined_html_entities_are_read() -> None:
    feed = parsed(rss(item("L&rsquo;&eacute;t&eacute;&nbsp;&amp; l&#8217;hiver")))
    assert feed.entries[0].title == "L’été & l’hiver"
    assert feed.problems == ()


def test_bytes_that_xml_forbids_lose_nothing_else() -> None:
    entry = first(rss(item("قبل&#xD800;\x00\x0bبعد&#0;&#x1F;&#1114112;")))
    assert entry.title == "قبلبعد"


def test_utf7_is_never_decoded() -> None:
    feed = parsed(rss(item("+ADw-script+AD4-")), "text/xml; charset=utf-7")
    assert feed.entries[0].title == "+ADw-script+AD4-"


def test_a_million_less_than_signs() -> None:
    feed = parsed(rss(item(body="<" * 1_000_000), item("بعده")))
    assert [entry.title for entry in feed.entries] == ["مقال", "بعده"]
    assert kinds(feed) == ["damaged"]


def test_half_a_million_ampersands() -> None:
    feed = parsed(rss(item(body="&" * 500_000), item("بعده", "&#" * 500_000)))
    assert [entry.title for entry in feed.entries] == ["مقال", "بعده"]


def test_nesting_is_cut_at_a_depth() -> None:
    deep = "<b>" * 100_000 + "عمق" + "</b>" * 100_000
    entry = first(atom(f'<title>t</title><content type="xhtml">{deep}</content>'))
    assert "عمق" in entry.content_html
    assert entry.content_html.count("<b>") < 300


def test_a_huge_author_and_title_are_cut() -> None:
    author = f"<author>{'a' * 60_000}</author>"
    entry = first(rss(item("ع" * 1_000_000, more=author)))
    assert len(entry.title) == MAX_TITLE
    assert len(entry.authors[0]) == MAX_AUTHOR


def test_lists_are_cut() -> None:
    many = "".join(
        f'<category>{n}</category><enclosure url="https://e.ma/{n}"/>' for n in range(20_000)
    )
    entry = first(rss(item(more=many)))
    assert len(entry.categories) == MAX_CATEGORIES
    assert len(entry.enclosures) == MAX_ENCLOSURES


def test_of_too_many_entries_the_newest_stay_in_their_order() -> None:
    items = [
        item(str(n), more=f"<pubDate>{day} Aug 2026 10:00:00 GMT</pubDate>")
        for n, day in enumerate([15, 14] * MAX_ENTRIES)
    ]
    feed = parsed(rss(*items))
    assert [entry.title for entry in feed.entries] == [str(n) for n in range(0, 2_000, 2)]
    assert feed.problems == (FeedProblem("too_many_entries", "2000 entries, 1000 read"),)


def test_of_too_many_undated_entries_the_first_stay() -> None:
    feed = parsed(rss(*(item(str(n), "<![CDATA[<item>]]>") for n in range(MAX_ENTRIES + 5))))
    assert [entry.title for entry in feed.entries] == [str(n) for n in range(MAX_ENTRIES)]


# --- damaged ---------------------------------------------------------------------------------


def test_undeclared_prefixes_are_declared() -> None:
    feed = parsed(rss(item(more="<dc:creator>سناء</dc:creator><x:y>z</x:y>")))
    assert feed.entries[0].authors == ("سناء",)
    assert kinds(feed) == ["damaged"]


def test_a_feed_within_a_web_page_is_found() -> None:
    feed = parsed(f"<html><body><pre>{rss(item())[38:]}</pre></body></html>")
    assert [entry.title for entry in feed.entries] == ["مقال"]
    assert kinds(feed) == ["damaged"]


def test_tags_that_nothing_mends_are_read_loosely() -> None:
    feed = parsed(rss(item("أول"), "</junk><item><title>ثان</title></item>"))
    assert [entry.title for entry in feed.entries] == ["أول", "ثان"]
    assert kinds(feed) == ["damaged"]


def test_guids_stay_the_same_when_a_feed_breaks() -> None:
    guid = "<guid>post-7</guid>"
    whole = parsed(rss(item(more=guid)))
    broken = parsed(rss(item(more=guid), "</junk><item><title>x</item>"))
    assert [whole.entries[0].guid, broken.entries[0].guid] == ["post-7", "post-7"]


def test_an_entry_that_is_cut_off_is_left_for_the_next_poll() -> None:
    feed = parsed(rss(item("تام"), item("ناقص"))[:-40])
    assert [entry.title for entry in feed.entries] == ["تام"]
    assert kinds(feed) == ["damaged"]


@pytest.mark.parametrize(
    "stray",
    [
        "<media:player/>",
        "<itunes:owner/>",
        "<textInput><link>x</link></textInput>",
        "<source><category>x</category></source>",
        "<image><category>x</category><link>y</link></image>",
        "<psc:chapters><psc:chapter/></psc:chapters>",
        "<creativeCommons:license>x</creativeCommons:license>",
        "<gml:pos>x</gml:pos>",
    ],
)
def test_elements_out_of_place_cost_only_themselves(stray: str) -> None:
    root = (
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:gml="http://www.opengis.net/gml"'
        ' xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd"'
        ' xmlns:psc="http://podlove.org/simple-chapters"'
        ' xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule"'
    )
    feed = parsed(rss(item("أول", more=stray), item("ثان"), channel=stray, root=root))
    assert [entry.title for entry in feed.entries] == ["أول", "ثان"]
    assert [entry.summary_html for entry in feed.entries] == ["نص", "نص"]


@pytest.mark.parametrize(
    "dates",
    [
        "<pubDate>أمس مساء</pubDate>",
        "<pubDate>أمس مساء</pubDate><dc:date>2026-08-15T10:30:00Z</dc:date>",
    ],
)
def test_a_date_that_is_not_understood_is_told_with_its_text(dates: str) -> None:
    feed = parsed(rss(item(more=dates), item(), root='xmlns:dc="http://purl.org/dc/elements/1.1/"'))
    assert feed.problems == (FeedProblem("unreadable_dates", "dates not understood: “أمس مساء”"),)


def test_an_empty_date_is_no_problem() -> None:
    assert parsed(rss(item(more="<pubDate> </pubDate>"))).problems == ()


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("&lt;![CDATA[خبر عاجل]]&gt;", "خبر عاجل"),
        ("\n &lt;![CDATA[ خبر عاجل ]]&gt;\n", "خبر عاجل"),
        ("<![CDATA[<![CDATA[خبر عاجل]]]]><![CDATA[>]]>", "خبر عاجل"),
        ("<![CDATA[<![CDATA[خبر عاجل]]>]]>", "خبر عاجل"),
        ("&amp;lt;![CDATA[خبر عاجل]]&amp;gt;", "خبر عاجل"),
        ("<![CDATA[&lt;![CDATA[خبر عاجل]]&gt;]]>", "خبر عاجل"),
        ("&lt;![cdata[خبر عاجل]]&gt;", "خبر عاجل"),
        ("&lt;![CDATA[خبر عاجل]] &gt;", "خبر عاجل"),
        ("&lt;![CDATA[خبر عاجل", "خبر عاجل"),
        ("خبر عاجل]]&gt;", "خبر عاجل"),
        ("&lt;![CDATA[خبر]]&gt; &lt;![CDATA[عاجل]]&gt;", "خبر عاجل"),
        ("تفسير [CDATA[ في XML", "تفسير [CDATA[ في XML"),
    ],
)
def test_an_escaped_or_doubled_cdata_wrapper_goes(written: str, text: str) -> None:
    entry = first(rss(item(written, written)))
    assert entry.title == text
    assert entry.summary_html.strip() == text


def test_an_escaped_cdata_wrapper_keeps_markup() -> None:
    entry = first(rss(item(body="&lt;![CDATA[&lt;p&gt;نص &amp;amp; صورة&lt;/p&gt;]]&gt;")))
    assert entry.summary_html == "<p>نص &amp; صورة</p>"
    wrapped = '<title type="text">&lt;![CDATA[خبر]]&gt;</title>'
    assert first(atom(wrapped)).title == "خبر"
    link = "<item><link>&lt;![CDATA[https://example.ma/9]]&gt;</link><title>t</title></item>"
    assert first(rss(link)).url == "https://example.ma/9"


def test_a_json_feed_loses_its_cdata_wrappers_too() -> None:
    body = '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{"id": "1", '
    body += '"title": "<![CDATA[خبر]]>", "content_html": "<![CDATA[<p>نص</p>]]>"}]}'
    entry = first(body)
    assert (entry.title, entry.content_html) == ("خبر", "<p>نص</p>")


def test_code_in_an_article_keeps_its_cdata() -> None:
    body = "<![CDATA[<p>&lt;![CDATA[x]]&gt; <code>a[b[1]] > 2</code></p>]]>"
    assert first(rss(item(body=body))).summary_html == body[9:-3]
