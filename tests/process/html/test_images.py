"""Images of a body as ordinary ones: each picture once, at its best address, with its words."""

import pytest

from aggregator.process.html.images import rewrite_images, unescape_noscripts


@pytest.mark.parametrize(
    "body",
    [
        '<img data-src="/a.jpg"><noscript><img src="/a.jpg"></noscript>',
        '<noscript><img src="/a.jpg"></noscript>\n<img src="data:image/gif;x" data-src="/a.jpg">',
        '<img src="/blank.gif" data-srcset="/s.jpg 300w, /a.jpg 1200w">'
        '<noscript><img srcset="/b.jpg 1024w"></noscript>',
        '<picture><source srcset="/a.webp"><source srcset="/a.jpg"></picture>',
        '<picture><source srcset="/s.jpg 300w, /a.jpg 1100w"><img src="/s.jpg"></picture>',
        '<amp-img src="/s.jpg" srcset="/a.jpg 1080w, /l.jpg 2000w"></amp-img>',
        '<amp-img src="/a.jpg"><noscript><img src="/a.jpg"></noscript></amp-img>',
        '<amp-img src="/a.jpg"><amp-img fallback src="/b.jpg"></amp-img></amp-img>',
        '<picture><img src="/a.jpg">',
        '<picture><source srcset="/a.jpg"></picture><noscript><picture><source srcset="/a.jpg">'
        '<img src="/a.jpg"></picture></noscript>',
    ],
)  # fmt: skip
def test_a_picture_is_shown_once(body: str) -> None:
    result = rewrite_images(body)
    assert result.count("<img") == 1
    assert 'src="/a.jpg"' in result


@pytest.mark.parametrize(
    "body",
    [
        '<img src="/blank.gif" alt="سوق" data-src="/a.jpg"><noscript><img src="/a.jpg"></noscript>',
        '<img data-src="/a.jpg"><noscript><img src="/a.jpg" alt="سوق"></noscript>',
        '<picture><source srcset="/a.jpg"><img src="data:image/gif;base64,R0" alt="سوق"></picture>',
        '<amp-img src="/a.jpg" alt="سوق"></amp-img>',
    ],
)
def test_alternative_texts_are_kept(body: str) -> None:
    assert '<img src="/a.jpg" alt="سوق">' in rewrite_images(body)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ('<img src="/a.jpg"><noscript><img src="/b.jpg"></noscript>', 2),
        ('<img data-src="/a.jpg"> نص <noscript><img src="/b.jpg"></noscript>', 2),
        ('<img data-src="/a.jpg"><noscript><img src="//stats.wp.com/x.gif"></noscript>', 1),
        ('<img data-src="/a.jpg"><img data-src="/b.jpg">', 2),
        ('<img src="/a.jpg"><img src="/a.jpg">', 2),
    ],
)
def test_different_pictures_stay_different(body: str, count: int) -> None:
    assert rewrite_images(body).count("<img") == count


@pytest.mark.parametrize(
    "body",
    [
        '<video><source src="/v.mp4" type="video/mp4"></video>',
        '<picture><video><source src="/v.mp4"></video>',
        '<audio><source src="/a.mp3"></audio>',
    ],
)
def test_sources_of_players_stay(body: str) -> None:
    assert "<source src=" in rewrite_images(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            '<noscript>&lt;img src="/a.jpg"&gt;</noscript>',
            '<noscript><img src="/a.jpg"></noscript>',
        ),
        (
            '<noscript>&lt;p&gt;نص&lt;iframe src="/x"&gt;&lt;/iframe&gt;&lt;/p&gt;</noscript>',
            '<noscript><iframe src="/x"></iframe></noscript>',
        ),
        ("<noscript>1 &lt; 2</noscript>", "<noscript>1 &lt; 2</noscript>"),
        ("<p>&lt;img src=x&gt;</p>", "<p>&lt;img src=x&gt;</p>"),
    ],
)
def test_escaped_noscripts(body: str, expected: str) -> None:
    assert unescape_noscripts(body) == expected
