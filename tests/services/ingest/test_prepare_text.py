"""The text of prepared entries: summary, content, headline, language."""

from dataclasses import replace

import pytest

from tests.services.ingest.parsed import BODY, ENTRY


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


def test_words_are_counted(one) -> None:
    assert one(content_html="<p>كلمة <b>ثا</b>نية</p><p>ثالثة</p>").word_count == 3
