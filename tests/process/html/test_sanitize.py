"""Publishers' HTML: nothing active survives, everything an article needs does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.process.html.sanitize import MAX_SIZE, sanitize
from tests.process.html import hostile_bodies as hostile

BASE = "https://www.example.ma/feed/"
REL = 'rel="noopener noreferrer nofollow"'
IMG = '<img loading="lazy" decoding="async" referrerpolicy="no-referrer"'


def clean(html: str, *, plain_text: bool = False, page_url: str | None = None) -> str:
    """`html` sanitized, checked to be safe and stable."""
    result = sanitize(html, BASE, plain_text=plain_text, page_url=page_url)
    assert hostile.find_violations(result) == []
    assert sanitize(result, BASE) == result
    return result


# --- hostile -----------------------------------------------------------------------------------


@pytest.mark.parametrize("body", hostile.BODIES)
def test_hostile_body_is_harmless(body: str) -> None:
    result = clean(body)
    for active in ("<script", "<style", "<svg", "<math", "<form", "<object", "<meta", "<base"):
        assert active not in result.lower()


@pytest.mark.parametrize("body", hostile.BODIES)
def test_hostile_body_is_harmless_inside_an_article(body: str) -> None:
    clean(f"<p>قبل</p><div dir=rtl><table><tr><td>{body}</td></tr></table></div><p>بعد</p>")


@pytest.mark.parametrize("body", hostile.BODIES)
def test_hostile_plain_text_is_text(body: str) -> None:
    assert "<img" not in clean(body, plain_text=True)


@pytest.mark.parametrize("url", hostile.SCHEMES)
@pytest.mark.parametrize(
    "body",
    [
        '<a href="{}">x</a>',
        "<a href={}>x</a>",
        '<img src="{}">',
        '<img data-src="{}" src="data:image/gif;base64,x">',
        '<img srcset="{} 2x">',
        '<video poster="{}" src="{}"><source src="{}"></video>',
        '<iframe src="{}"></iframe>',
        '<iframe data-src="{}"></iframe>',
        '<object data="{}"><param name="movie" value="{}"></object>',
        '<embed src="{}">',
        '<amp-img src="{}" srcset="{} 2x">',
        '<amp-iframe src="{}"></amp-iframe>',
        '<lite-youtube videoid="{}"></lite-youtube>',
        '<video data-src="{}"></video>',
        '<picture><source srcset="{}"></picture>',
        '<noscript>&lt;img src="{}"&gt;</noscript>',
    ],
)
def test_hostile_address_is_gone(url: str, body: str) -> None:
    result = clean(body.replace("{}", url))
    if "script:" in url.lower() and not url.startswith(("\u200b", "\ufeff", "ｊ", "java")):
        assert "script:" not in result.lower()


@pytest.mark.parametrize("url", hostile.SCHEMES)
def test_hostile_address_in_plain_text_is_no_link(url: str) -> None:
    assert "javascript:" not in clean(f"اقرأ {url} هنا", plain_text=True).partition("href")[2]


def test_utf7_stays_text() -> None:
    assert clean("+ADw-script+AD4-") == "+ADw-script+AD4-"


@pytest.mark.parametrize(
    "body",
    [
        "<" * 300_000,
        "&" * 200_000,
        "&#" * 200_000,
        "<div>" * 50_000 + "نص" + "</div>" * 50_000,
        "<b><i>" * 50_000 + "نص",
        "<p>" + "".join(f"<b a={i}>" for i in range(190)) + "<p>x" * 50_000,
        "<a " + " ".join(f"a{i}" for i in range(100_000)) + ">نص",
        '<a t=">" ' + " ".join(f"a{i}" for i in range(100_000)) + ">نص",
        "<img " * 100_000,
        "<img \"<img '" * 50_000,
        "<iframe src=//x>" * 50_000,
        "<p><b>" * 50_000,
        "<table><tr><td>" * 50_000,
        "<!--" * 100_000,
        "<style>" * 50_000,
        "http://http://" * 50_000,
        '<p style="' + "a:" * 50_000 + '">نص</p>',
        "<object>" * 150 + "<param name=src value=/x>" * 20_000,
        "<embed src=/x>" * 20_000,
        "<math><mfrac>" * 90 + "<mi>x</mi>" * 10_000 + "</math>",
        "<noscript>&lt;div&gt;&lt;img src=/x.jpg&gt;" * 3_000,
        "<img data-src=/x.jpg><noscript>" * 20_000,
        "<img srcset='" + "a," * 200_000 + "'>",
        "<img srcset='" + "a " * 200_000 + "'>",
        "<picture><source srcset=x>" * 20_000,
    ],
    ids=lambda body: body[:14],
)
def test_floods_end(body: str) -> None:
    assert hostile.find_violations(sanitize(body, BASE)) == []
    assert hostile.find_violations(sanitize(body, BASE, plain_text=True)) == []


def test_deep_nesting_becomes_paragraphs() -> None:
    body = "<div>" * 1000 + "أول<p>ثان & <b>ثالث</b></p>" + "</div>" * 1000
    assert clean(body) == "<p>أول</p><p>ثان &amp; ثالث</p>"


def test_ordinary_long_article_is_not_flattened() -> None:
    body = '<div><p>فقرة <a href="https://a.ma/x">رابط</a></p></div>' * 2000
    assert clean(body).count("<a ") == 2000


def test_oversized_body_is_cut_at_a_tag() -> None:
    result = sanitize('<p dir="rtl">نص</p>' * 150_000, BASE)
    assert MAX_SIZE - 20 < len(result) < MAX_SIZE + 20
    assert result.endswith(("نص</p>", "ن</p>"))
    assert hostile.find_violations(result) == []


def test_image_with_an_enormous_data_address_does_not_flatten_the_rest() -> None:
    body = f'<p>قبل</p><img src="data:image/png;base64,{"A" * 100_000}"><h2>بعد</h2>'
    assert clean(body) == "<p>قبل</p><h2>بعد</h2>"


# --- kept --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        '<p dir="rtl" lang="ar-MA">نص <bdi>Hespress</bdi></p>',
        "<h2>عنوان</h2><h3>عنوان</h3><p>نص<br>نص</p><hr>",
        "<blockquote><p>قول</p></blockquote>",
        '<ul><li>أ</li><li>ب</li></ul><ol start="3" reversed=""><li>ج</li></ol>',
        "<dl><dt>أ</dt><dd>ب</dd></dl>",
        "<pre><code>x &lt; y</code></pre>",
        '<p><del datetime="2026-11-24">أ</del> <ins>ب</ins> <mark>ج</mark> <small>د</small></p>',
        '<table><caption>ج</caption><thead><tr><th scope="col">أ</th></tr></thead>'
        '<tbody><tr><td colspan="2" rowspan="3">ب</td></tr></tbody></table>',
        '<p><abbr title="مثال">م</abbr> <time datetime="2026-11-24T10:00:00Z">أمس</time></p>',
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
        '<details open=""><summary>أ</summary>ب</details>',
        "<p>H<sub>2</sub>O m<sup>2</sup> <q>x</q> <cite>y</cite> <kbd>z</kbd></p>",
    ],
)
def test_what_an_article_needs_is_kept(body: str) -> None:
    assert clean(body) == body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<a href="/a?utm_source=rss&amp;id=1">x</a>', "https://www.example.ma/a?id=1"),
        ('<a href="a">x</a>', "https://www.example.ma/feed/a"),
        ('<a href="//b.ma/x">x</a>', "https://b.ma/x"),
        ('<a href="HTTPS://B.ma/x">x</a>', "https://b.ma/x"),
        ('<a href="https://b.ma/المغرب">x</a>', "https://b.ma/المغرب"),
        ('<a href="https://b.ma/x#part">x</a>', "https://b.ma/x#part"),
    ],
)
def test_links_are_absolute_and_untracked(body: str, expected: str) -> None:
    assert clean(body) == f'<a href="{expected}" {REL}>x</a>'


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("#note", "https://www.example.ma/a/1/#note"),
        (" #حاشية ", "https://www.example.ma/a/1/#حاشية"),
        ("#", "https://www.example.ma/a/1/"),
        ("other#note", "https://www.example.ma/feed/other#note"),
    ],
)
def test_anchors_lead_to_the_page_of_the_article(href: str, expected: str) -> None:
    page = "https://www.example.ma/a/1/"
    assert clean(f'<a href="{href}">1</a>', page_url=page) == f'<a href="{expected}" {REL}>1</a>'


def test_anchors_lead_nowhere_without_a_page() -> None:
    assert clean('<a href="#note">1</a><img src="#x">', page_url="") == f"<a {REL}>1</a>"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("www.b.example/x", "https://www.b.example/x"),
        ("example.ma/x", "https://example.ma/x"),
        ("/n.php?a=1&amp;amp;b=2", "https://www.example.ma/n.php?a=1&amp;b=2"),
        ("index.html/x", "https://www.example.ma/feed/index.html/x"),
    ],
)
def test_broken_links_are_mended(href: str, expected: str) -> None:
    assert clean(f'<a href="{href}">x</a>') == f'<a href="{expected}" {REL}>x</a>'


@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://www.example.ma/feed/">',
        '<img src="https://www.example.ma/a/1/">',
        '<img src="">',
    ],
)
def test_feed_and_page_are_no_pictures(body: str) -> None:
    assert clean(body, page_url="https://www.example.ma/a/1/") == ""


def test_mathematics_are_text() -> None:
    body = "<p>أ <math><msup><mi>x</mi><mn>2</mn></msup></math> ب</p>"
    assert clean(body) == "<p>أ x<sup>2</sup> ب</p>"


def test_images_are_absolute_lazy_and_tell_nobody() -> None:
    result = clean('<img class="c" src="/a.jpg" alt="صورة" width="600" height="40%" onload=x>')
    assert result == f'{IMG} src="https://www.example.ma/a.jpg" alt="صورة" width="600">'


@pytest.mark.parametrize(
    "body",
    [
        '<img src="data:image/gif;base64,R0" data-src="/a.jpg">',
        '<img data-lazy-src="/a.jpg">',
        '<img src="/img/placeholder.png" data-original="/a.jpg">',
        '<img src="/wp/lazy_load.gif" data-litespeed-src="/a.jpg">',
        '<img srcset="/b.jpg 300w, /a.jpg 600w">',
        '<img data-src="/a.jpg"><noscript><img src="/a.jpg"></noscript>',
        '<picture><source srcset="/a.webp"><img src="/a.jpg"></picture>',
        '<noscript><img src="/a.jpg"></noscript>',
        '<noscript>&lt;img src="/a.jpg"&gt;</noscript>',
        '<amp-img src="/a.jpg"></amp-img>',
        '<img src="#" data-src="/a.jpg">',
        "<IMG SRC='/a.jpg'>",
    ],
)
def test_lazy_images_are_real(body: str) -> None:
    assert clean(body) == f'{IMG} src="https://www.example.ma/a.jpg">'


def test_real_image_is_not_replaced() -> None:
    body = '<img src="/real.jpg" data-orig-file="/full.jpg">'
    assert 'src="https://www.example.ma/real.jpg"' in clean(body)


@pytest.mark.parametrize(
    "image",
    [
        '<img src="https://a.ma/x.gif" width="1" height="1">',
        '<img src="https://a.ma/x.gif" width=0>',
        '<img src="https://a.ma/x.gif" style="width:1px;height:1px">',
        '<img src="http://feeds.feedburner.com/~r/x/~4/abc">',
        '<img src="https://pixel.wp.com/b.gif?host=x">',
        '<img src="https://stats.wordpress.com/b.gif?x">',
        '<img src="https://www.google-analytics.com/collect?x">',
        '<img src="https://ad.doubleclick.net/x">',
        '<img src="https://www.facebook.com/tr?id=1">',
        '<img src="//da.feedsportal.com/r/1.img">',
        '<img src="https://mc.yandex.ru/watch/1">',
        '<img src="https://a.ma/matomo.php?x=1">',
        "<img>",
        '<img alt="x">',
        '<img src="data:image/png;base64,x">',
    ],
)
def test_tracking_pixels_are_gone(image: str) -> None:
    assert clean(f"<p>نص{image}</p>") == "<p>نص</p>"
    assert clean(f"<p>{image}</p>") == ""


@pytest.mark.parametrize(
    ("src", "expected"),
    [
        (
            "//www.youtube.com/embed/a-B_1?rel=0",
            "https://www.youtube-nocookie.com/embed/a-B_1?rel=0",
        ),
        ("http://youtube.com/embed/x", "https://www.youtube-nocookie.com/embed/x"),
        ("https://player.vimeo.com/video/12", "https://player.vimeo.com/video/12"),
        (
            "https://www.dailymotion.com/embed/video/x1",
            "https://www.dailymotion.com/embed/video/x1",
        ),
        ("https://open.spotify.com/embed/track/a1", "https://open.spotify.com/embed/track/a1"),
        ("https://w.soundcloud.com/player/?url=x", "https://w.soundcloud.com/player/?url=x"),
    ],
)
def test_frames_of_the_allowlist_are_sandboxed(src: str, expected: str) -> None:
    assert clean(f'<iframe src="{src}" allow="camera" title="فيديو">x</iframe>') == (
        '<iframe loading="lazy" referrerpolicy="strict-origin-when-cross-origin"'
        ' sandbox="allow-scripts allow-same-origin allow-popups allow-presentation"'
        f' allowfullscreen="" src="{expected}" title="فيديو"></iframe>'
    )


def test_other_frames_become_links() -> None:
    result = clean('<p>أ</p><iframe src="https://maps.example/x?a=1&amp;b=2"></iframe><p>ب</p>')
    link = f'<p><a href="https://maps.example/x?a=1&amp;b=2" {REL}>maps.example</a></p>'
    assert result == f"<p>أ</p>{link}<p>ب</p>"


def test_media_have_controls_and_load_nothing() -> None:
    assert clean('<audio src="/a.mp3" autoplay></audio>') == (
        '<audio controls="" preload="none" src="https://www.example.ma/a.mp3"></audio>'
    )
    assert 'preload="none"' in clean('<video><source src="/v.mp4" type="video/mp4"></video>')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h1 class=x>عنوان</h1>", "<h2>عنوان</h2>"),
        ("<p>أ</p><p>&nbsp;</p><p> <br></p><p></p><p>ب</p>", "<p>أ</p><p>ب</p>"),
        ("<p><span></span></p><div><p></p></div>", ""),
        ("أ<br><br/>\n<br><br>ب", "أ<br><br>ب"),
        ("أ \u202eب\u2066ج &#x202e;د", "أ بج د"),
        ("أ\x00ب\x0bج&#1;", "أبج"),
        ("أ\rب\r\n", "أ\nب\n"),
        ("أ\xa0ب > ج", "أ&nbsp;ب &gt; ج"),
        ("<font color=red>أ</font><center>ب</center>", "أ<div>ب</div>"),
        ("أ & ب < ج", "أ &amp; ب &lt; ج"),
        ("AT&amp;T", "AT&amp;T"),
        ("", ""),
    ],
)
def test_tidied(body: str, expected: str) -> None:
    assert clean(body) == expected


def test_attributes_come_in_the_same_order_every_time() -> None:
    from aggregator.process.html import sanitize as module

    again = module._cleaner(module.TAGS, final=False)
    body = '<img src="https://a.ma/x.jpg" alt="x"><a href="https://a.ma">y</a>'
    assert again.clean(body) == module._FIRST.clean(body)


# --- properties --------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<b>", "</b>", "<a href=/x>", "</a>", "<table>", "<td>", "</table>",
        "<ul>", "<li>", "<div dir=rtl>", "</div>", "<svg>", "<math>", "<style>", "</style>",
        "<form>", "<iframe src=//youtube.com/embed/x>", "</iframe>", "<img src=x>",
        "<img data-src='y'>", "<noscript>", "</noscript>", "<h1>", "</h1>", "<br>", "<!--", "-->",
        "<template>", "<select>", "<textarea>", "<title>", "</title>", "&lt;", "&", "<", ">", '"',
        "'", "نص", " ", "\n", "x", "<pre>", "</pre>", "<ruby>", "<rt>", "<details>", "<summary>",
        "<math><mi>", "</math>", "<object data=//x>", "</object>", "<param name=src value=y>",
        "<embed src=//youtu.be/x>", "<picture>", "</picture>", "<source srcset='y 2x'>",
        "<amp-img src=x>", "<amp-video>", "<lite-youtube videoid=x>", "&lt;img src=x&gt;",
        "<mglyph>", "<mtext>", "<caption>", "<col>", "<source src=z>", "<video>", "\u202e",
        "\x00", "<i a='", "<xmp>",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=25).map("".join))
@settings(max_examples=400, deadline=None)
def test_any_markup_is_harmless_and_stable(body: str) -> None:
    clean(body)


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=200), st.booleans())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_harmless_and_stable(body: str, plain_text: bool) -> None:
    clean(body, plain_text=plain_text)


@given(st.text(max_size=60), st.text(max_size=40))
@settings(deadline=None)
def test_any_base_is_harmless(base: str, path: str) -> None:
    assert hostile.find_violations(sanitize(f'<a href="{path}">x</a><img src=y>', base)) == []


# --- private addresses -------------------------------------------------------------------------

PRIVATE = ("http://192.168.1.1/cgi", "http://2130706433/", "//[::1]/", "http://nas.local/")


@pytest.mark.parametrize("url", PRIVATE)
def test_nothing_leads_into_a_private_network(url: str) -> None:
    body = (
        f'<p>نص <a href="{url}">رابط</a></p><img src="{url}a.jpg" alt="x">'
        f'<img src="data:," srcset="{url}b.jpg 2x"><img data-src="{url}c.jpg">'
        f'<picture><source srcset="{url}d.jpg"><img src="{url}e.jpg"></picture>'
        f'<video src="{url}f.mp4" poster="{url}g.jpg"></video><audio src="{url}h.mp3"></audio>'
        f'<iframe src="{url}"></iframe><object data="{url}"></object><embed src="{url}">'
    )
    assert clean(body).rstrip() == f"<p>نص <a {REL}>رابط</a></p>"


def test_plain_text_links_into_no_private_network() -> None:
    result = clean("انظر http://192.168.1.1/ و https://www.example.ma/", plain_text=True)
    assert 'href="https://www.example.ma/"' in result
    assert 'href="http://192' not in result


def test_a_base_in_a_private_network_is_no_way_around() -> None:
    assert "href" not in sanitize('<a href="/cgi">x</a>', "http://10.0.0.1/feed")


@pytest.mark.parametrize("url", ["http://192.168.1.1/cgi", "http://nas.local/"])
def test_a_feed_of_the_operator_s_network_leads_there(url: str) -> None:
    body = f'<a href="{url}">x</a><img src="{url}a.jpg"><iframe src="{url}v"></iframe>'
    result = sanitize(body, BASE, is_internal=True)
    assert [f'"{url}{rest}"' in result for rest in ("", "a.jpg", "v")] == [True] * 3
