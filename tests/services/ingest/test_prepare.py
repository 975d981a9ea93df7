"""A document on its way to storage: what `prepare` makes of parsed entries."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from xml.sax.saxutils import escape

import pytest

from aggregator.errors import ParseError
from aggregator.process.analysis.analyze import analyze
from aggregator.process.entries.identities import variant_identities
from aggregator.services.ingest import prepare as preparation
from aggregator.services.ingest.prepare import prepare
from aggregator.types import (
    EMPTY_DOCUMENT,
    Enclosure,
    FeedDocument,
    ParsedEntry,
    ParsedFeed,
    PreparedEntry,
    PreparedFeed,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FEED = "https://www.example.ma/feed"
BODY = "<p>" + "أعلنت الحكومة المغربية عن إجراءات جديدة لدعم القدرة الشرائية للأسر " * 6 + "</p>"
ENTRY = ParsedEntry(
    guid="tag:example.ma,2026:1",
    url="https://www.example.ma/a-1.html",
    title="الحكومة تعلن إجراءات جديدة",
    content_html=BODY,
    base_url=FEED,
    published_at=NOW - timedelta(hours=1),
)


def document(body: bytes = b"<rss/>", language: str = "ar") -> FeedDocument:
    return FeedDocument(body, "application/rss+xml", FEED, language, "Africa/Casablanca", NOW)


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch):
    """Prepares a feed of the given entries, as if they had been parsed."""

    def run(*entries: ParsedEntry, language: str = "ar", **feed: object) -> PreparedFeed:
        parsed = ParsedFeed("rss 2.0", "مثال", "https://www.example.ma/", "ar", entries)
        monkeypatch.setattr(preparation, "parse_feed", lambda _: replace(parsed, **feed))
        return prepare(document(language=language))

    return run


@pytest.fixture
def one(prepared):
    """Prepares the usual entry with some fields changed."""

    def run(**changes: object) -> PreparedEntry:
        return prepared(replace(ENTRY, **changes)).entries[0]

    return run


# --- from the wire ------------------------------------------------------------


def test_a_document_is_prepared_from_its_bytes() -> None:
    description = escape('<p>نص <a href="/x?utm_source=rss">رابط</a></p><script>alert(1)</script>')
    body = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>مثال</title>'
        "<link>https://www.example.ma/</link><item><title>عنوان الخبر</title>"
        "<link>https://www.example.ma/a-1.html?utm_source=rss</link><guid>1</guid>"
        f"<description>{description}</description>"
        "<pubDate>Tue, 24 Nov 2026 10:00:00 +0000</pubDate></item></channel></rss>"
    )
    feed = prepare(document(body.encode()))
    (entry,) = feed.entries
    assert (feed.format, feed.title, feed.site_url) == (
        "rss 2.0",
        "مثال",
        "https://www.example.ma/",
    )
    assert feed.newest_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert (entry.guid, entry.title) == ("1", "عنوان الخبر")
    assert entry.url == "https://www.example.ma/a-1.html"
    assert entry.content == (
        '<p>نص <a href="https://www.example.ma/x" rel="noopener noreferrer nofollow">رابط</a></p>'
    )
    assert (entry.language, entry.direction) == ("ar", "rtl")


def test_words_are_those_that_the_stored_entry_gives_again() -> None:
    text = "أعلنت الوزارة عن خط جديد للقطار بين المدينتين. " * 9
    body = f"<rss><channel><title>ق</title><item><title>قطار</title><description>{text}Read more"
    (entry,) = prepare(document(f"{body}</description></item></channel></rss>".encode())).entries
    assert entry.words.text
    assert analyze(entry, NOW) == entry


def test_what_is_no_feed_is_refused() -> None:
    with pytest.raises(ParseError):
        prepare(document(b"%PDF-1.7"))


def test_importing_it_brings_no_database_and_no_network() -> None:
    script = (
        "import sys, aggregator.services.ingest.prepare;"
        "heavy = {'sqlalchemy', 'aiohttp', 'flask', 'bleach', 'fasttext', 'requests'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# --- keys ------------------------------------------------------------


def test_the_same_entry_has_the_same_keys_at_every_poll(one) -> None:
    assert one() == one()


def test_an_edited_headline_keeps_the_identity(one) -> None:
    before, after = one(), one(title="عنوان جديد")
    assert before.identity == after.identity
    assert before.revision != after.revision
    assert before.text_revision != after.text_revision
    assert before.text_key == after.text_key


def test_an_edited_body_keeps_the_identity(one) -> None:
    before, after = one(), one(content_html=BODY + "<p>تحديث</p>")
    assert before.identity == after.identity
    assert before.text_revision != after.text_revision


def test_a_new_image_is_a_change_but_no_edit(one) -> None:
    before, after = one(), one(content_html=BODY + '<img src="/a.jpg">')
    assert before.revision != after.revision
    assert before.text_revision == after.text_revision


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://www.example.ma/a-1.html?utm_source=rss"},
        {"published_at": NOW},
        {"title": "  الحكومة تعلن   إجراءات جديدة\n"},
    ],
)
def test_noise_is_no_change(one, changes) -> None:
    assert one(**changes).revision == one().revision


@pytest.mark.parametrize("guid", [None, "", "  ", "0"])
def test_without_guid_the_address_identifies(one, guid: str | None) -> None:
    entry = one(guid=guid, title="آخر")
    assert entry.guid == "https://www.example.ma/a-1.html"
    assert entry.identity == one(guid=None, url="http://example.ma/a-1.html?utm_id=1").identity


def test_without_guid_and_address_the_content_identifies(one) -> None:
    entry = one(guid=None, url=None)
    assert entry.guid.startswith("marsad:")
    assert entry.identity == one(guid=None, url="https://www.example.ma/").identity
    assert entry.identity != one(guid=None, url=None, title="آخر").identity


def test_one_article_in_two_feeds_has_one_address_and_one_text(one) -> None:
    here = one()
    there = one(
        guid="other",
        url="http://m.example.ma/a-1.html/?utm_source=x#comments",
        title="عنوان آخر",
        content_html=BODY + "<p>The post X appeared first on Y.</p>",
    )
    assert here.identity != there.identity
    assert (here.url_key, here.text_key) == (there.url_key, there.text_key)


def test_one_headline_over_two_articles_stays_two(one) -> None:
    today, tomorrow = (
        one(
            guid=str(n),
            url=f"https://www.example.ma/w-{n}",
            content_html=f"<p>حرارة {n} درجة في الرباط",
        )
        for n in (1, 2)
    )
    assert today.title_key == tomorrow.title_key
    assert today.identity != tomorrow.identity
    assert today.url_key != tomorrow.url_key
    assert today.text_key != tomorrow.text_key


# --- the same again in one document ------------------------------------------------------------


def test_exact_repeats_are_dropped(prepared) -> None:
    assert len(prepared(ENTRY, ENTRY, ENTRY).entries) == 1


def test_a_guid_that_different_entries_share_does_not_merge_them(prepared) -> None:
    entries = [
        replace(ENTRY, url=f"https://www.example.ma/a-{n}", title=f"عنوان {n}") for n in range(5)
    ]
    first = prepared(*entries).entries
    again = prepared(*reversed(entries)).entries
    assert all(entry.shares_guid for entry in first)
    assert len({variant_identities(entry)[0] for entry in first}) == 5
    assert {variant_identities(entry)[0] for entry in first} == {
        variant_identities(entry)[0] for entry in again
    }


def test_an_address_that_different_entries_share_identifies_none(prepared) -> None:
    entries = [replace(ENTRY, guid=str(n), title=f"عنوان {n}") for n in range(3)]
    assert [entry.url_key for entry in prepared(*entries).entries] == [None] * 3
    without_guid = [replace(entry, guid=None) for entry in entries]
    assert len({variant_identities(entry)[0] for entry in prepared(*without_guid).entries}) == 3


# --- text ------------------------------------------------------------


def test_summary_is_the_publishers_if_there_is_one(one) -> None:
    entry = one(summary_html="<p>ملخص من أربع كلمات &amp; أكثر</p>")
    assert entry.summary == "ملخص من أربع كلمات & أكثر"
    assert "إجراءات" in entry.content


def test_summary_is_the_beginning_of_the_text_otherwise(one) -> None:
    for summary in ("", "قصير", ENTRY.title, BODY):
        entry = one(summary_html=summary)
        assert entry.summary.startswith("أعلنت الحكومة")
        assert len(entry.summary) <= 400
        assert entry.summary.endswith("…")


def test_a_feed_with_summaries_only_shows_them_as_content(one) -> None:
    entry = one(content_html="", summary_html="<p>خبر من خمس كلمات فقط</p>")
    assert entry.content == "<p>خبر من خمس كلمات فقط</p>"
    assert entry.summary == "خبر من خمس كلمات فقط"


def test_summary_never_repeats_the_title_nor_carries_trailers(one) -> None:
    body = f"<p>{ENTRY.title}</p><p>نص الخبر كله هنا</p><p>The post X appeared first on Y.</p>"
    assert one(content_html=body).summary == "نص الخبر كله هنا"
    assert one(content_html=f"<p>{ENTRY.title}</p>").summary == ""


@pytest.mark.parametrize("content", ["<p>&nbsp;</p>", "<p>—</p>", "<div><br></div>", "…"])
def test_a_body_without_words_yields_to_the_summary(one, content: str) -> None:
    text = "<p>تحقيق في أسعار الزيت</p><p>الخاتمة</p>"
    entry = one(content_html=content, summary_html=text)
    assert entry.content == text
    assert entry.summary == "تحقيق في أسعار الزيت الخاتمة"
    assert "الخاتمه" in entry.words.text


def test_media_of_a_body_without_words_stay(one) -> None:
    text = "<p>تحقيق في أسعار الزيت</p>"
    entry = one(content_html='<p><img src="/a.jpg"></p>', summary_html=text)
    assert entry.content.startswith("<p><img ")
    assert entry.content.endswith(text)
    assert entry.image_url == "https://www.example.ma/a.jpg"
    frame = '<iframe src="https://www.youtube.com/embed/AbC"></iframe>'
    entry = one(content_html=frame, summary_html=text)
    assert entry.content.count("<iframe") == 1
    assert entry.content.endswith(text)
    both = '<img src="/a.jpg">' + text
    assert one(content_html='<img src="/a.jpg">', summary_html=both).content.count("<img") == 1


def test_a_link_instead_of_a_player_is_no_word(one) -> None:
    text = "<p>تحقيق في أسعار الزيت</p>"
    frame = '<iframe src="https://player.example.org/v/1"></iframe>'
    entry = one(content_html=frame, summary_html=text)
    assert 'href="https://player.example.org/v/1"' in entry.content
    assert entry.content.endswith(text)
    entry = one(content_html=f"{frame}{frame}<p>نص</p>", summary_html=text)
    assert entry.content.endswith("<p>نص</p>")
    link = '<a href="https://www.example.org/v/1">شريط</a>'
    assert "تحقيق" not in one(content_html=link, summary_html=text).content


def test_without_words_elsewhere_the_text_about_media_is_shown(one) -> None:
    entry = one(content_html="", media_text="البرلمان <يناقش>\nwww.example.com")
    assert entry.content.startswith("<p>البرلمان &lt;يناقش&gt;<br><a ")
    assert entry.summary == "البرلمان <يناقش> www.example.com"
    assert one(content_html="", media_text="<b>نص</b> هنا").content == "<b>نص</b> هنا"
    assert one(media_text="غير هذا").content == one().content
    described = one(content_html="", summary_html="<p>ملخص</p>", media_text="غير هذا")
    assert described.content == "<p>ملخص</p>"


def test_without_any_text_pictures_are_described(one) -> None:
    images = (
        '<img src="/a.jpg" alt="بائع &quot;زيتون&quot; &lt;b&gt; هنا">'
        '<img src="/b.jpg" alt="IMG_20.jpg">'
        f'<img src="/c.jpg" alt="{ENTRY.title}"><img src="/d.jpg" alt="…">'
    )
    entry = one(content_html=images)
    assert entry.content.endswith('<p>بائع "زيتون" &lt;b&gt; هنا</p>')
    assert entry.content.count("<p>") == 1
    assert entry.summary == 'بائع "زيتون" <b> هنا'
    assert one(content_html='<img src="/a.jpg">').summary == ""


def test_plain_text_bodies_are_escaped(one) -> None:
    entry = one(content_html="1 < 2 <b>\n\nwww.a.ma", plain_text=True)
    assert entry.content.startswith("<p>1 &lt; 2 &lt;b&gt;</p><p><a ")
    assert entry.summary == "1 < 2 <b> www.a.ma"


def test_text_fields_are_plain_lines_without_controls(one) -> None:
    entry = one(
        title="a\u202eb\x00 \n <b>c</b>",
        authors=("أ\u2066", "ب", "أ\u2066"),
        categories=("x\ny", "", "x y", "\u202ez"),
    )
    assert (entry.title, entry.author) == ("ab <b>c</b>", "أ, ب")
    assert entry.categories == ("x y", "z")


def test_long_fields_are_cut(one) -> None:
    entry = one(title="ا" * 9000, authors=("ب" * 60_000,), categories=tuple(map(str, range(99))))
    assert len(entry.title) <= 500
    assert len(entry.author) <= 200
    assert len(entry.categories) == 20


def test_language_and_direction_follow_the_text(prepared) -> None:
    french = replace(
        ENTRY,
        title="Le gouvernement annonce de nouvelles mesures",
        content_html="<p>Le pouvoir d’achat des ménages sera soutenu dès janvier.</p>",
    )
    (entry,) = prepared(french).entries
    assert (entry.language, entry.direction) == ("fr", "ltr")
    (entry,) = prepared(ENTRY, language="fr").entries
    assert (entry.language, entry.direction) == ("ar", "rtl")
    (entry,) = prepared(replace(french, title="OCP", content_html=""), language="fr").entries
    assert (entry.language, entry.direction) == ("fr", "ltr")
    (entry,) = prepared(replace(ENTRY, title="2026", content_html="")).entries
    assert (entry.language, entry.direction) == ("ar", "rtl")


def test_words_are_made_of_what_may_be_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of what the feed had already: late, edited and undated entries are read all the same."""
    entries = [
        replace(ENTRY, guid=guid, title=guid, published_at=published, updated_at=updated)
        for guid, published, updated in (
            ("known", NOW - timedelta(hours=2), None),
            ("newest", NOW - timedelta(hours=1), None),
            ("new", NOW, None),
            ("edited", NOW - timedelta(hours=2), NOW),
            ("undated", None, None),
        )
    ]
    parsed = ParsedFeed("rss 2.0", "مثال", None, "ar", tuple(entries))
    monkeypatch.setattr(preparation, "parse_feed", lambda _: parsed)
    again = prepare(replace(document(), seen_until=NOW - timedelta(hours=1))).entries
    assert {each.guid for each in again if each.words == EMPTY_DOCUMENT} == {"known", "newest"}
    assert {each.guid for each in again if each.story is None} == {"known", "newest"}
    assert all(each.words.title == each.title for each in prepare(document()).entries)


def test_words_are_counted(one) -> None:
    assert one(content_html="<p>كلمة <b>ثا</b>نية</p><p>ثالثة</p>").word_count == 3


# --- addresses ------------------------------------------------------------


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_no_field_carries_a_hostile_address(prepared, url: str) -> None:
    hostile = replace(
        ENTRY, guid=None, url=url, image_url=url, enclosures=(Enclosure(url, "image/png"),)
    )
    feed = prepared(hostile, site_url=url, hub_url=url, self_url=url)
    (entry,) = feed.entries
    assert (feed.site_url, feed.hub_url, feed.self_url) == (None, None, None)
    assert (entry.url, entry.image_url, entry.enclosures) == (None, None, ())
    assert url not in entry.guid


def test_addresses_are_relative_to_the_entry_or_the_feed(one) -> None:
    entry = one(url="/a", base_url="https://b.ma/x/", content_html='<a href="c">x</a>')
    assert entry.url == "https://b.ma/a"
    assert "https://b.ma/x/c" in entry.content
    assert one(url="/a", base_url="").url == "https://www.example.ma/a"
    assert one(url="/a", base_url="javascript:x").url == "https://www.example.ma/a"


def test_image_comes_from_the_entry_then_an_enclosure_then_the_content(one) -> None:
    body = '<img src="/icon.png" width="16"><img src="/b.jpg?x=1&amp;y=2">'
    enclosures = (Enclosure("/a.mp3", "audio/mpeg"), Enclosure("/c.jpg", "image/jpeg"))
    site = "https://www.example.ma"
    assert one(image_url="/d.jpg", enclosures=enclosures).image_url == f"{site}/d.jpg"
    assert one(enclosures=enclosures, content_html=body).image_url == f"{site}/c.jpg"
    assert one(content_html=body).image_url == f"{site}/b.jpg?x=1&y=2"
    assert one(image_url="https://pixel.wp.com/b.gif").image_url is None
    assert one().image_url is None


def test_a_thumbnail_gives_way_to_a_larger_picture(one) -> None:
    site = "https://www.example.ma"
    body = '<p>نص</p><img src="/b.jpg" width="800">'
    assert one(image_url="/t.jpg", image_width=75, content_html=body).image_url == f"{site}/b.jpg"
    assert one(image_url="/t.jpg", image_width=75).image_url == f"{site}/t.jpg"
    assert one(image_url="/t.jpg", image_width=480, content_html=body).image_url == f"{site}/t.jpg"
    files = (Enclosure("/e.jpg", "image/jpeg"),)
    assert one(image_url="/t.jpg", image_width=75, enclosures=files).image_url == f"{site}/e.jpg"


def test_untyped_pictures_are_known(one) -> None:
    entry = one(enclosures=(Enclosure("/a.JPG?x=1"),))
    assert entry.enclosures == (Enclosure("https://www.example.ma/a.JPG?x=1", "image/jpeg"),)
    assert entry.image_url == "https://www.example.ma/a.JPG?x=1"
    assert "i" in entry.words.facets.split()


@pytest.mark.parametrize("url", [FEED, "https://www.example.ma/", ENTRY.url, "/gallery.html"])
def test_pages_are_no_pictures(one, url: str) -> None:
    assert one(image_url=url, content_html=f'<p>نص</p><img src="{url}">').image_url is None


def test_dead_flash_players_are_no_files(one) -> None:
    flash = Enclosure("https://a.ma/v/1", "application/x-shockwave-flash")
    assert one(enclosures=(flash, Enclosure("/a.swf"))).enclosures == ()


def test_pictures_keep_their_description(one) -> None:
    before, after = (one(enclosures=(Enclosure("/a.jpg", alt=alt),)) for alt in ("", "سوق\nأسبوعي"))
    assert after.enclosures[0].alt == "سوق أسبوعي"
    assert before.revision != after.revision
    assert before.text_revision == after.text_revision


def test_placeholders_and_beacons_are_no_files(one) -> None:
    urls = ("blank.gif", "a.jpg", "https://www.google-analytics.com/collect?x=1")
    entry = one(enclosures=tuple(Enclosure(url, "image/jpeg") for url in urls))
    assert [file.url for file in entry.enclosures] == ["https://www.example.ma/a.jpg"]


def test_enclosures_are_checked(one) -> None:
    entry = one(
        enclosures=(
            Enclosure("/a.mp3", "Audio/MPEG", 123),
            Enclosure("https://www.example.ma/a.mp3", "audio/mpeg", 5),
            Enclosure("https://a.ma/b", "<script>", -1),
        )
    )
    assert entry.enclosures == (
        Enclosure("https://www.example.ma/a.mp3", "audio/mpeg", 123),
        Enclosure("https://a.ma/b", "", 0),
    )


# --- dates ------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "expected", "clamped"),
    [
        (NOW - timedelta(days=1), NOW - timedelta(days=1), 0),
        (None, None, 0),
        (NOW + timedelta(minutes=5), NOW, 0),
        (NOW + timedelta(minutes=11), None, 1),
        (datetime(9999, 12, 31, tzinfo=UTC), None, 1),
        (datetime(1970, 1, 1, tzinfo=UTC), None, 1),
        (datetime(1, 1, 1), None, 1),  # noqa: DTZ001
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), None, 1),
    ],
)
def test_dates_that_cannot_be_true(prepared, published, expected, clamped: int) -> None:
    feed = prepared(replace(ENTRY, published_at=published))
    assert feed.entries[0].published_at == expected
    assert feed.clamped_dates == clamped
    assert feed.newest_at == expected


def test_mean_gap_is_that_of_believable_dates(prepared) -> None:
    entries = [
        replace(ENTRY, guid=str(n), url=f"/{n}", published_at=NOW - timedelta(hours=n))
        for n in (1, 2, 5)
    ]
    odd = replace(ENTRY, guid="x", url="/x", published_at=NOW + timedelta(days=400))
    feed = prepared(*entries, odd)
    assert feed.mean_gap_s == 2 * 3600
    assert feed.newest_at == NOW - timedelta(hours=1)
    assert prepared(entries[0]).mean_gap_s is None
    assert prepared().newest_at is None


# --- private addresses -------------------------------------------------------------------------

ROUTER = "http://192.168.1.1/"
LEADING_INSIDE = replace(
    ENTRY,
    url=f"{ROUTER}reboot",
    content_html=f'<p>خبر <a href="{ROUTER}">هنا</a></p><img src="{ROUTER}a.jpg">',
    image_url=f"{ROUTER}b.jpg",
    enclosures=(Enclosure(f"{ROUTER}c.mp3", "audio/mpeg", 0), Enclosure("/d.mp3", "audio/mpeg", 0)),
)


def test_a_public_feed_leads_into_no_private_network(prepared) -> None:
    feed = prepared(LEADING_INSIDE, site_url=ROUTER)
    (entry,) = feed.entries
    assert (entry.url, entry.url_key, entry.image_url, feed.site_url) == (None, None, None, None)
    assert [enclosure.url for enclosure in entry.enclosures] == ["https://www.example.ma/d.mp3"]
    assert "192.168" not in entry.content
    assert "هنا" in entry.content


def test_a_feed_of_the_operator_s_network_leads_there(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = ParsedFeed("rss 2.0", "مثال", ROUTER, "ar", (LEADING_INSIDE,))
    monkeypatch.setattr(preparation, "parse_feed", lambda _: parsed)
    feed = prepare(replace(document(), is_internal=True))
    (entry,) = feed.entries
    assert (entry.url, entry.image_url) == (f"{ROUTER}reboot", f"{ROUTER}b.jpg")
    assert feed.site_url == ROUTER
    assert len(entry.enclosures) == 2
    assert entry.content.count(f'"{ROUTER}') == 2
