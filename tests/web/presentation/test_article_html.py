"""Articles made comfortable to read; out of what is safe comes what is safe."""

from __future__ import annotations

import re
import time

import pytest

from aggregator.process.html.sanitize import sanitize
from tests.process.html import hostile_bodies
from web.presentation.article_html import Labels, fetch_opening_early, render_article

LABELS = Labels("جدول", 'نص "برمجي"', "معرض", "صورة", "محتوى")
REGION = ' role="region" tabindex="0" aria-label="{}"'
TABLE = f'<div class="wide"{REGION.format("جدول")}>'
CODE = REGION.format("نص &quot;برمجي&quot;")
GALLERY = ' class="gallery" role="group" aria-label="معرض"'
NAMES = (' aria-label="صورة"', ' aria-label="محتوى"')
LIST = ' class="gallery" aria-label="معرض"'


def clean(html: str) -> str:
    return sanitize(html, "https://press.example/")


def image(name: str, size: int = 800, alt: str = "") -> str:
    return clean(f'<img src="/{name}.jpg" alt="{alt}" width="{size}" height="{size}">')


ONE, TWO, THREE, SMILEY = image("1"), image("2"), image("3"), image("s", 16)


def shown(html: str, *, images: bool = True) -> str:
    return render_article(html, LABELS, images=images)


@pytest.mark.parametrize(
    "html",
    ["", "نص", "<p>نص</p>", "a &lt; b", "<p>نص <a href='/b'>x</a></p>", ONE, f"<p>{ONE} نص</p>",
     f"<p>{SMILEY}{SMILEY}</p>", f"<p>{ONE} نص {TWO}</p>", f"<figure>{ONE}</figure>"],
)  # fmt: skip
def test_most_texts_stay_as_they_are(html: str) -> None:
    assert shown(clean(html)) == clean(html)


def test_tables_scroll_by_themselves_and_by_keyboard() -> None:
    table = clean("<table><tr><td>1<table><tr><td>2</td></tr></table></td></tr></table>")
    assert shown(f"<p>a</p>{table}<p>b</p>") == f"<p>a</p>{TABLE}{table}</div><p>b</p>"
    assert shown(f"<blockquote>{table}</blockquote>").count("<div") == 1


def test_code_scrolls_by_itself_and_by_keyboard() -> None:
    html = clean('<pre dir="ltr"><code>a &lt;b&gt; "c"</code></pre>')
    assert shown(html) == html.replace("<pre", f"<pre{CODE}")
    assert f"{CODE}" not in shown(f"<table><tbody><tr><td>{html}</td></tr></tbody></table>")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"a{ONE}<br>{TWO}<p>b</p>", f"a<span{GALLERY}>{ONE}<br>{TWO}</span><p>b</p>"),
        (f"<p>{ONE}{TWO}</p>", f"<p{GALLERY}>{ONE}{TWO}</p>"),
        (f"<p>a {ONE}{TWO} b</p>", f"<p>a <span{GALLERY}>{ONE}{TWO}</span> b</p>"),
        (
            f"<p>{ONE}</p><p>&nbsp;</p><p>{TWO}</p>",
            f"<p>{ONE}</p><p>&nbsp;</p><p>{TWO}</p>",
        ),
        (f"<p>{ONE}</p>\n<p>{TWO}</p>b", f"<div{GALLERY}><p>{ONE}</p>\n<p>{TWO}</p></div>b"),
        (
            f"<figure>{ONE}<figcaption>a</figcaption></figure><figure>{TWO}</figure>b",
            f"<div{GALLERY}><figure>{ONE}<figcaption>a</figcaption></figure>"
            f"<figure>{TWO}</figure></div>b",
        ),
        (
            f"<figure><figure>{ONE}</figure><figure>{TWO}</figure><figcaption>a</figcaption></figure>",
            f"<figure><div{GALLERY}><figure>{ONE}</figure><figure>{TWO}</figure></div>"
            "<figcaption>a</figcaption></figure>",
        ),
        (
            f"<figure dir=\"rtl\"><figure>{ONE}</figure><figure>{TWO}</figure></figure>",
            f"<figure{GALLERY} dir=\"rtl\"><figure>{ONE}</figure><figure>{TWO}</figure></figure>",
        ),
        (
            f"<ul><li><figure>{ONE}</figure></li><li>{TWO}</li></ul>",
            f"<ul{LIST}><li><figure>{ONE}</figure></li><li>{TWO}</li></ul>",
        ),
        (
            f"<ul><li>{ONE}</li><li>{TWO}</li><li>نص</li></ul>",
            f"<ul><li>{ONE}</li><li>{TWO}</li><li>نص</li></ul>",
        ),
    ],
)  # fmt: skip
def test_pictures_side_by_side_are_a_gallery(html: str, expected: str) -> None:
    assert shown(html) == expected


def test_without_images_there_are_links_to_them() -> None:
    html = image("1", alt="&lt;script&gt;alert(1)&lt;/script&gt; &quot;ورشة&quot;")
    assert shown(html, images=False) == (
        '<a href="https://press.example/1.jpg" rel="noopener noreferrer nofollow">'
        '&lt;script&gt;alert(1)&lt;/script&gt; "ورشة"</a>'
    )
    assert ">صورة</a>" in shown(ONE, images=False)
    linked = clean(f'<a href="/b">{ONE}</a>')
    assert shown(linked, images=False).endswith("><span>صورة</span></a>")
    video = clean('<video src="/v.mp4" poster="/p.jpg"></video>')
    assert "poster" not in shown(video, images=False)
    assert shown(video) == video


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="/b"><img src="/1.jpg" alt=""></a>', ' aria-label="صورة"><img'),
        ('<a href="/b"><img src="/1.jpg" alt="سد"></a>', 'nofollow"><img'),
        ('<a href="/b"> <b>&nbsp;</b></a>', "<span> "),
        ('<a href="/b"> نص</a>', 'nofollow"> نص</a>'),
        ('<img src="/1.jpg">', ' alt="">'),
        (
            '<iframe src="https://www.youtube.com/embed/a"></iframe>',
            ' aria-label="محتوى"></iframe>',
        ),
        ('<iframe src="https://www.youtube.com/embed/a" title="نص"></iframe>', '"نص"></iframe>'),
    ],
)
def test_what_has_no_name_gets_one(html: str, expected: str) -> None:
    found = shown(clean(html))
    assert re.search(re.escape(expected).replace("nofollow", "[^>]*"), found)


def test_what_looks_like_a_tag_inside_an_attribute_is_text() -> None:
    picture = image("1", alt="<table>&lt;/p&gt;")
    html = clean(f'<p title="x">{picture}<a href="/" title="<pre>">b</a></p>')
    assert shown(html) == html
    link = '<a title="</figcaption></figure>" href="/">x</a>'
    figure = '<figure><img src="/1.jpg">{}</figure>'
    html = clean(figure.format(f"<figcaption>{link}</figcaption>") + figure.format(""))
    html = html.replace('.jpg"', '.jpg" alt=""')
    assert shown(html) == f"<div{GALLERY}>{html}</div>"


@pytest.mark.parametrize(
    "html",
    ["<table><tr>", "</p><img src='x'>", '<img src="x" onerror="a"', "<pre>a < b</pre>",
     "<IMG SRC=x><table>", "<p><table></p></table>", '<img src="a"b>', "</body></body><pre>"],
)  # fmt: skip
def test_what_nh3_did_not_write_is_left_alone(html: str) -> None:
    assert shown(html) == html


def test_nothing_is_added_to_hostile_bodies_but_our_own() -> None:
    constants = (TABLE, CODE, GALLERY, LIST, *NAMES, ' alt=""')
    added = re.compile("|".join(map(re.escape, constants)))
    bare = re.compile("</?(?:div|span|a)(?=[ >])[^>]*>")
    for body in hostile_bodies.BODIES:
        html, page = clean(body), added.sub("", shown(clean(body)))
        assert bare.sub("", page) == bare.sub("", html).replace(' alt=""', "")
        for made in (page, added.sub("", shown(html, images=False))):
            assert hostile_bodies.find_violations(made) == []


def test_deep_and_long_texts_take_no_time() -> None:
    texts = (
        "<div>" * 150 + ONE + TWO + "</div>" * 150,
        "<ul><li>" * 90 + ONE + "</li></ul>" * 90,
        f"<p>{ONE}<br>نص</p>" * 3_000,
        "<p>" + f"{ONE}{TWO}" * 3_000 + "</p>",
        "<blockquote>" * 400 + ONE,
    )
    for text in texts:
        html = clean(text)
        start = time.process_time()
        shown(html)
        assert time.process_time() - start < 2


def test_only_a_picture_that_opens_the_article_is_fetched_early() -> None:
    image = '<img src="https://p.example/1.jpg" loading="lazy" decoding="async">'
    early = image.replace('loading="lazy"', 'fetchpriority="high"')
    assert fetch_opening_early(f"<p>{image}</p>{image}") == f"<p>{early}</p>{image}"
    text = f"<p>{'نص ' * 400}</p>{image}"
    assert fetch_opening_early(text) == text
    assert fetch_opening_early("") == ""
