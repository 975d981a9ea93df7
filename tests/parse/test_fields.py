"""The fields of entries and feeds, from what publishers write in them."""

from datetime import timedelta

import pytest

from tests.parse.documents import atom, first, item, parsed, rss


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("AT&amp;T &lt;b&gt;", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("&amp;lt;b&amp;gt;", "<b>"),
        ("<![CDATA[<b>Gras</b> &amp; suite]]>", "Gras & suite"),
        ("<![CDATA[Q&A]]>", "Q&A"),
        ("3 &lt; 5", "3 < 5"),
        ("  أ \n\t ب&#160;ج ", "أ ب ج"),
        ("أ&#x202E;ب&#x2066;ج&#x200F;", "أبج"),
        ("می‌خواهم", "می‌خواهم"),
        ("&#x200D;كلمة&#x200C; ", "كلمة"),
    ],
)
def test_rss_titles_are_plain_text(written: str, shown: str) -> None:
    assert first(rss(item(written))).title == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<title>AT&amp;amp;T &lt;b></title>", "AT&amp;T <b>"),
        ('<title type="text">&lt;b></title>', "<b>"),
        ('<title type="html">AT&amp;amp;T &amp;lt;b&amp;gt; &lt;i>x&lt;/i></title>', "AT&T <b> x"),
        ('<title type="xhtml"><div><i>a</i> &lt;b&gt;</div></title>', "a <b>"),
    ],
)
def test_atom_titles_are_what_they_declare(written: str, shown: str) -> None:
    assert first(atom(written)).title == shown


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("<link>/a b</link>", "https://example.ma/a%20b"),
        ("<link>\n https://e.ma/طقس \n</link>", "https://e.ma/طقس"),
        ("<link>https://مثال.إختبار/1</link>", "https://مثال.إختبار/1"),
        ("<link>//e.ma/1</link>", "https://e.ma/1"),
        ("<link>JavaScript:alert(1)</link>", None),
        ("<link>java\tscript:alert(1)</link>", None),
        ("<link>data:text/html,x</link>", None),
        ("<link>http://[::1</link>", None),
        ("<comments>https://e.ma/c</comments>", None),
        ("<guid>https://e.ma/g</guid>", "https://e.ma/g"),
        ('<guid isPermaLink="false">https://e.ma/g</guid>', None),
        ("<guid>post-1</guid>", None),
    ],
)
def test_links_are_absolute_http_addresses(link: str, url: str | None) -> None:
    assert first(rss(f"<item><title>t</title>{link}</item>")).url == url


@pytest.mark.parametrize("guid", ["", "  ", "0", "\n"])
def test_a_guid_that_tells_nothing_is_none(guid: str) -> None:
    assert first(rss(item(more=f"<guid>{guid}</guid>"))).guid is None


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("redaction@e.ma (سناء)", "سناء"),
        ("سناء &lt;s@e.ma&gt;", "سناء"),
        ("s@e.ma", "s@e.ma"),
        ("  سناء  بناني ", "سناء بناني"),
        ("&lt;b&gt;Ali&lt;/b&gt;", "Ali"),
    ],
)
def test_authors_are_names(author: str, name: str) -> None:
    assert first(rss(item(more=f"<author>{author}</author>"))).authors == (name,)


@pytest.mark.parametrize(
    ("channel", "minutes"),
    [
        ("<ttl>60</ttl>", 60),
        ("<ttl>525600</ttl>", 7 * 24 * 60),
        (f"<ttl>{'9' * 5_000}</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 60),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 720),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 60),
        ("<sy:updatePeriod>never</sy:updatePeriod>", None),
    ],
)
def test_the_time_to_live_stays_within_a_week(channel: str, minutes: int | None) -> None:
    root = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert parsed(rss(channel=channel, root=root)).ttl == expected


def test_a_transcript_is_text_about_media() -> None:
    media = '<media:text type="plain">كلام الحلقة</media:text>'
    entry = first(rss(item(more=media), root='xmlns:media="http://search.yahoo.com/mrss/"'))
    assert entry.media_text == "كلام الحلقة"


def test_a_caption_does_not_become_the_text() -> None:
    media = (
        '<media:content url="https://e.ma/1.jpg" medium="image">'
        "<media:title>صورة</media:title><media:description>تعليق</media:description>"
        "</media:content>"
    )
    entry = first(rss(item(more=media), root='xmlns:media="http://search.yahoo.com/mrss/"'))
    assert (entry.title, entry.summary_html, entry.content_html) == ("مقال", "نص", "")
    assert entry.image_url == "https://e.ma/1.jpg"


@pytest.mark.parametrize(
    ("body", "plain"),
    [("3 &lt; 5", True), ("سطر\nسطر", True), ("&lt;p&gt;نص", False), ("a &amp;amp; b", False)],
)
def test_a_body_without_markup_is_plain_text(body: str, plain: bool) -> None:
    assert first(rss(item(body=body))).plain_text is plain
