"""Which of a picture's addresses is the best, and what is none."""

import pytest

from aggregator.process.html.pictures import (
    Candidate,
    best_picture,
    element_candidates,
    is_beacon,
    is_dead,
    is_tiny,
    media_type,
)
from aggregator.process.html.tags import parse_attributes


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/photos/b.jpg",
        "https://a.example/images/b.png",
        "https://a.example/images/open.png",
        "https://a.example/pixel-art.png",
        "https://a.example/tr/2026/photo.jpg",
        "https://pixel.example/photo.jpg",
        "https://track.example/photo.jpg",
        "https://beacon.tracking.example/count.jpg",
        "https://a.example/2026/track-and-field.jpg",
        "https://i0.wp.com/a.example/x.jpg",
        "https://www.facebook.com/photo/x.jpg",
        "https://www.facebook.com/trips/x.jpg",
        "/relative.jpg",
        "/~user/photo.jpg",
    ],
)
def test_names_alone_make_no_beacon(url: str) -> None:
    assert not is_beacon(url)
    assert best_picture([Candidate(url)]) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://pixel.wp.com/b.gif?host=x",
        "//stats.wp.com/b.gif",
        "https://b.scorecardresearch.com/p?c1=2",
        "https://www.facebook.com/tr?id=1",
        "https://www.facebook.com/tr/?id=1",
        "https://feeds.feedburner.com/~r/x/~4/abc",
        "https://rss.example.com/~ff/x",
        "https://a.example/matomo.php?idsite=1&rec=1",
        "https://counter.theconversation.com/content/1/count.gif",
    ],
)
def test_counting_services_are_beacons(url: str) -> None:
    assert is_beacon(url)
    assert best_picture([Candidate(url, 800)]) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "#",
        "?x=1",
        "data:image/gif;base64,R0",
        "about:blank",
        "blob:https://a.example/x",
        "/img/blank.gif",
        "/img/1x1.png",
        "/img/lazy-placeholder.svg",
        "/placeholder-300x200.png",
        "/spacer.gif?v=2",
        "/pagespeed_static/1.JiBnMqyl6S.gif",
        "/gallery/4.html",
        "/feed.xml",
        "/report.pdf",
    ],
)
def test_placeholders_and_pages_are_no_pictures(address: str) -> None:
    assert best_picture([Candidate(address)]) is None
    assert best_picture([Candidate(address), Candidate("/p.jpg")]) == "/p.jpg"


@pytest.mark.parametrize(
    "address",
    ["/trans-sahara.jpg", "/blank-space.jpg", "/pixel.png", "/loading.jpg", "/point-blank.png"],
)
def test_photographs_may_be_called_like_placeholders(address: str) -> None:
    assert best_picture([Candidate(address)]) == address


@pytest.mark.parametrize(
    ("widths", "best"),
    [
        ([300, 768, 1536], 1536),
        ([300, 1024, 2048], 1024),
        ([150, 300], 300),
        ([1600, 4000], 1600),
    ],
)
def test_the_width_nearest_1200_is_best(widths: list[int], best: int) -> None:
    for order in (widths, widths[::-1]):
        assert best_picture(Candidate(f"/{width}.jpg", width) for width in order) == f"/{best}.jpg"


def test_the_first_of_equals_is_best() -> None:
    assert best_picture([Candidate("/a.jpg"), Candidate("/b.jpg")]) == "/a.jpg"


@pytest.mark.parametrize(
    "address",
    [
        "/blank" + "1" * 5_000 + "y.gif",
        "/blank" + "-1" * 5_000 + "y.gif",
        "/a" + "-blank" * 5_000 + ".jpg?",
        "/a" + "-100x100" * 5_000,
        "/" * 100_000 + "x.gif",
        "//a" + ".b" * 50_000,
    ],
    ids=lambda address: address[:10],
)
def test_endless_names_end(address: str) -> None:
    assert best_picture([Candidate(address), Candidate("/p.jpg")]) is not None


@pytest.mark.parametrize("width", [0, 1, 2])
def test_the_smallest_are_none(width: int) -> None:
    assert best_picture([Candidate("/a.jpg", width)]) is None


@pytest.mark.parametrize(
    ("element", "best"),
    [
        ('src="/a.jpg"', "/a.jpg"),
        ('srcset="/s.jpg 300w, /a.jpg 1200w, /l.jpg 2400w"', "/a.jpg"),
        ('srcset="/s.jpg 300w,/a.jpg 1200w"', "/a.jpg"),
        ('srcset="/s.jpg, /a.jpg 2x"', "/a.jpg"),
        ('width="400" srcset="/s.jpg 1x, /m.jpg 2x, /a.jpg 3x"', "/a.jpg"),
        ('width="1200" srcset="/a.jpg 1x, /m.jpg 2x"', "/a.jpg"),
        ('srcset="https://c.example/w_300,c_fill/s.jpg 300w, /a.jpg 900w"', "/a.jpg"),
        ('src="/s-300x200.jpg" srcset="/a.jpg 1024w 683h, /s-300x200.jpg 300w"', "/a.jpg"),
        ('src="/a.jpg" srcset="/s.jpg 150w, /t.jpg 300w"', "/a.jpg"),
        ('src="/blur-20x12.jpg" data-src="/a.jpg"', "/a.jpg"),
        ('src="#" data-src="/a.jpg"', "/a.jpg"),
        ('src="data:image/svg+xml,x" data-srcset="/s.jpg 300w, /a.jpg 1536w"', "/a.jpg"),
        ('src="/s-150x150.jpg" data-orig-file="/a.jpg"', "/a.jpg"),
        ('src="/a.jpg" data-orig-file="/full.jpg"', "/a.jpg"),
        ('src="/s-300x300.jpg" data-full-url="/a.jpg" data-link="/attachment/4"', "/a.jpg"),
        ('src="/default.jpg" data-original="/a.jpg"', "/a.jpg"),
        ('src="/a.jpg" data-id="4" data-url="/gallery/4"', "/a.jpg"),
        ('data-url="/a.jpg"', "/a.jpg"),
        ('src="/a.jpg" data-src=""', "/a.jpg"),
        ('src=" /a.jpg "', "/a.jpg"),
        ('src="/a.jpg" data-thumb="/t.jpg" data-next="/n.jpg"', "/a.jpg"),
        ('src="/s-150x150.jpg" data-some-loader="/a.jpg"', "/a.jpg"),
        ('src="/a.jpg" data-caption="a picture, seen in /c.jpg"', "/a.jpg"),
        ('src="data:," data-src="/a_{width}x.jpg"', "/a_1200x.jpg"),
    ],
)
def test_the_best_address_of_an_element(element: str, best: str) -> None:
    assert best_picture(element_candidates(parse_attributes(element))) == best


@pytest.mark.parametrize(
    "name",
    [
        "data-src", "data-lazy-src", "data-original", "data-srcset", "data-lazy", "data-lazyload",
        "data-cfsrc", "data-pagespeed-lazy-src", "data-hi-res-src", "data-orig-file",
        "data-full-url", "data-large-file", "data-litespeed-src", "data-lazy-srcset",
        "data-bgset", "data-original-set", "data-orig-src", "data-wpfc-original-src", "data-of-one",
    ],
)  # fmt: skip
def test_lazy_loaders_are_understood(name: str) -> None:
    attributes = {"src": "data:image/gif;base64,R0", name: "/a.jpg"}
    assert best_picture(element_candidates(attributes)) == "/a.jpg"


def test_other_types_are_preferred_to_new_ones_of_equal_width() -> None:
    names = ("/a.avif", "/a.webp", "/a.jpg")
    assert best_picture(Candidate(name, 800) for name in names) == "/a.jpg"
    assert best_picture([Candidate("/a.webp", 1200), Candidate("/a.jpg", 300)]) == "/a.webp"


@pytest.mark.parametrize(
    ("attributes", "tiny"),
    [
        ("width=1 height=1", True),
        ("width=0", True),
        ('width="2px"', True),
        ('height="1.0"', True),
        ('style="width: 1px; height: 1px"', True),
        ('style="border:0;height:2px!important"', True),
        ('style="max-width:100%;width:20px"', False),
        ('width="100%"', False),
        ("width=16 height=16", False),
        ("", False),
    ],
)
def test_beacons_are_small(attributes: str, tiny: bool) -> None:
    assert is_tiny(parse_attributes(attributes)) is tiny


@pytest.mark.parametrize(
    ("declared", "address", "medium", "expected"),
    [
        ("", "/a.JPG?x=1", "", "image/jpeg"),
        ("application/octet-stream", "/a.webp", "", "image/webp"),
        ("jpg", "/a.jpg", "", "image/jpeg"),
        ("image", "/a.png#x", "", "image/png"),
        ("", "/a", "image", "image/jpeg"),
        ("image", "/a", "", "image/jpeg"),
        ("", "/a.jpg", "video", ""),
        ("Audio/MPEG", "/a.jpg", "", "audio/mpeg"),
        ("application/octet-stream", "/a.bin", "", "application/octet-stream"),
        ("image/jpeg", "/gallery.html", "", ""),
        ("<script>", "/a", "", ""),
    ],
)
def test_media_types(declared: str, address: str, medium: str, expected: str) -> None:
    assert media_type(declared, address, medium) == expected


def test_flash_is_dead() -> None:
    assert is_dead("application/x-shockwave-flash", "/v/1?version=3")
    assert is_dead("", "/a.SWF?x")
    assert not is_dead("video/mp4", "/swf/a.mp4")


def test_attributes() -> None:
    assert parse_attributes(" SRC='a&amp;b' alt=\"x > y\" width=3 src=z checked ") == {
        "src": "a&b",
        "alt": "x > y",
        "width": "3",
    }
