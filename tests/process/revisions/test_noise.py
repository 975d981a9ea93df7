"""What changes in a text without anybody having changed the article."""

from __future__ import annotations

import pytest

from aggregator.process.revisions.noise import significant_line, significant_text
from aggregator.process.revisions.significance import compare
from aggregator.types import EntryText

BODY = (
    "<p>أعلنت الوزارة أن نسبة ملء السدود بلغت 40 في المائة بعد التساقطات الأخيرة.</p>"
    "<p>وأكدت أن التزود بالماء مضمون في جميع المدن.</p>"
)
NOISE = {
    "white space": (BODY, BODY.replace(" ", "\n  ").replace("</p>", " </p>\n")),
    "no-break spaces": (BODY, BODY.replace("40 في", "40\u00a0في")),
    "a tracker": (BODY, BODY + '<img src="https://t.example/pixel.gif?n=8271">'),
    "another tracker": (
        BODY + '<img src="https://t.example/p.gif?1">', BODY + '<img src="https://t.example/p.gif?2">',
    ),
    "tracking parameters": (
        BODY + '<p><a href="https://h.example/?utm_source=rss">بلاغ الوزارة كاملا هنا</a></p>',
        BODY + '<p><a href="https://h.example/?utm_source=x">بلاغ الوزارة كاملا هنا</a></p>',
    ),
    "the order of attributes": (
        '<img alt="سد" src="https://h.example/a.jpg">' + BODY,
        '<img src="https://h.example/a.jpg" alt="سد">' + BODY,
    ),
    "other markup": (BODY, BODY.replace("الوزارة", "<strong>الوزارة</strong>")),
    "other blocks": (BODY, BODY.replace("</p><p>", "<br><br>")),
    "harakat": (BODY, BODY.replace("السدود", "السُّدود")),
    "tatweel": (BODY, BODY.replace("السدود", "الســـدود")),
    "digits of the East": (BODY, BODY.replace("40", "٤٠")),
    "bidirectional marks": (BODY, BODY.replace("40", "\u200f40\u200e")),
    "references": (BODY + "<p>a &amp; b</p>", BODY + "<p>a &#38; b</p>"),
    "comments": (BODY + "<p>12 تعليق</p>", BODY + "<p>31 تعليقا</p>"),
    "comments, in French": (BODY + "<p>12 commentaires</p>", BODY + "<p>13 commentaires</p>"),
    "comments, in English": (BODY + "<div>1 comment</div>", BODY + "<div>204 comments</div>"),
    "comments, label first": (BODY + "<p>Comments (12)</p>", BODY + "<p>Comments (15)</p>"),
    "views and shares": (
        BODY + "<p>1 204 vues · 31 partages</p>", BODY + "<p>1 310 vues · 32 partages</p>",
    ),
    "views": (BODY + "<p>شوهد 1200 مرة</p>", BODY + "<p>شوهد 1350 مرة</p>"),
    "an age": (BODY + "<p>منذ 5 دقائق</p>", BODY + "<p>منذ 3 ساعات</p>"),
    "an age, in French": ("<p>Il y a 5 minutes</p>" + BODY, "<p>Il y a 2 heures</p>" + BODY),
    "an age, in English": ("<p>Updated 5 minutes ago</p>" + BODY, "<p>3 hours ago</p>" + BODY),
    "time to read": (BODY + "<p>3 min read</p>", BODY + "<p>4 min read</p>"),
    "a link to other articles": (
        BODY + '<p>اقرأ أيضا: <a href="https://h.example/1">حريق في غابة المعمورة</a></p>',
        BODY + '<p>اقرأ أيضا: <a href="https://h.example/2">افتتاح معرض الكتاب بالرباط</a></p>',
    ),
    "a block of links": (
        BODY + '<h3>مواضيع ذات صلة</h3><ul><li><a href="/1">خبر أول</a></li></ul>',
        BODY + '<h3>مواضيع ذات صلة</h3><ul><li><a href="/2">خبر ثان</a></li>'
        '<li><a href="/3">خبر ثالث</a></li></ul>',
    ),
    "a link in the midst": (
        BODY.replace("</p><p>", '</p><p>Lire aussi : <a href="/1">Le port</a></p><p>'),
        BODY.replace("</p><p>", '</p><p>Lire aussi : <a href="/2">Le marché</a></p><p>'),
    ),
    "a link without a colon": (
        BODY + '<p><a href="/1">READ MORE Floods in Souss</a></p>',
        BODY + '<p><a href="/2">READ MORE A new tramway line</a></p>',
    ),
    "comments, in Spanish": (BODY + "<p>12 comentarios</p>", BODY + "<p>15 comentarios</p>"),
    "comments, as a picture": (BODY + "<p>💬 12 · ❤️ 31</p>", BODY + "<p>💬 15 · ❤️ 40</p>"),
    "views, in French": (BODY + "<p>Vu 1 200 fois</p>", BODY + "<p>Vu 1 350 fois</p>"),
    "an age, in Spanish": ("<p>Hace 5 minutos</p>" + BODY, "<p>Hace 2 horas</p>" + BODY),
    "a link, in Spanish": (
        BODY + '<p>Leer también: <a href="/1">El puerto</a></p>',
        BODY + '<p>Te puede interesar: <a href="/2">La feria</a></p>',
    ),
    "what others read": (
        BODY + '<h4>الأكثر قراءة</h4><ul><li><a href="/1">خبر أول</a></li></ul>',
        BODY + '<h4>Les plus lus</h4><ul><li><a href="/2">Le marché</a></li></ul>',
    ),
    "where it appeared first": (
        BODY, BODY + "<p>The post A title appeared first on A paper.</p>",
    ),
    "the signature of an agency": (BODY, BODY + "<p>(و.م.ع)</p>"),
}  # fmt: skip


def version(content: str, title: str = "السدود تمتلئ", summary: str = "") -> EntryText:
    return EntryText(title, summary, content)


@pytest.mark.parametrize("name", NOISE)
def test_noise_is_no_change(name: str) -> None:
    before, after = NOISE[name]
    assert before != after
    assert compare(version(before), version(after)) is None
    assert compare(version(after), version(before)) is None


@pytest.mark.parametrize("name", NOISE)
def test_a_change_beside_noise_is_seen(name: str) -> None:
    before, after = NOISE[name]
    for figure in ("40", "٤٠"):
        after = after.replace(figure, "45")
    change = compare(version(before), version(after))
    assert change is not None
    assert change.size == "figures"


@pytest.mark.parametrize(
    "content",
    [
        "<p>12 تلميذا غادروا القسم</p>",
        "<p>منذ 3 سنوات لم يلعب الفريق</p>",
        "<p>اقرأ أيضا ما كتبه الشاعر عن البحر</p>",
        "<p>À lire ses mémoires, on comprend son choix</p>",
        "<p>Hace 3 años que el equipo no gana</p>",
        "<p>Related charges were dropped by the court</p>",
        "<p>Read more books, the minister said</p>",
        '<p><a href="/1">الوزارة</a></p>',
    ],
)
def test_sentences_that_look_like_it_stay(content: str) -> None:
    assert significant_text(content + BODY) != significant_text(BODY)


def test_a_counter_behind_a_headline_goes() -> None:
    assert significant_line("السدود تمتلئ (12 تعليق)") == "السدود تمتلئ"
    assert significant_line("Dams fill | 12 comments") == "Dams fill"
    assert significant_line("12 comments that changed the game") == (
        "12 comments that changed the game"
    )
    old, new = (version(BODY, title=f"السدود تمتلئ ({n} تعليق)") for n in (12, 13))
    assert compare(old, new) is None


def test_a_summary_that_begins_the_body_is_no_change_of_its_own() -> None:
    lead = "أعلنت الوزارة أن نسبة ملء السدود بلغت 40"
    assert compare(version(BODY, summary=lead), version(BODY, summary=lead + " في…")) is None
    own = version(BODY, summary="الوزير يحل بالعيون غدا")
    change = compare(own, version(BODY, summary="الوزير يحل بالعيون بعد غد"))
    assert change is not None
