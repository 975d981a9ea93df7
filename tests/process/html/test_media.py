"""Which images spy and which frames are allowed; the rest of media is tested by sanitizing."""

import pytest

from aggregator.process.html.media import EMBED_HOSTS, embed_url, is_beacon, parse_attributes


@pytest.mark.parametrize(
    "url",
    [
        "https://a.ma/photos/b.jpg",
        "https://a.ma/pixel-art.png",
        "https://a.ma/2026/track-and-field.jpg",
        "https://i0.wp.com/a.ma/x.jpg",
        "https://www.facebook.com/photo/x.jpg",
        "/relative.jpg",
    ],
)
def test_ordinary_images_are_no_beacons(url: str) -> None:
    assert not is_beacon(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=x",
        "https://www.youtube.com.evil.test/embed/x",
        "https://www.youtube.com/embed/",
        "https://www.youtube.com:8443/embed/x",
        "https://evil.test/https://www.youtube.com/embed/x",
        "https://player.vimeo.com/video/x",
        "https://player.vimeo.com/video/1/../../x",
        "https://www.facebook.com/plugins/video.php?href=x",
        'https://player.vimeo.com/video/1?"onload=x',
    ],
)
def test_other_frames_are_no_embeds(url: str) -> None:
    assert embed_url(url) is None


def test_embeds_stay_on_the_hosts_that_pages_allow() -> None:
    for url in ("https://m.youtube.com/embed/x/y?a=1#b", "https://youtube-nocookie.com/embed/x"):
        embed = embed_url(url)
        assert embed is not None
        assert embed.split("/")[2] in EMBED_HOSTS
        assert embed_url(embed) == embed


def test_attributes() -> None:
    assert parse_attributes(" SRC='a&amp;b' alt=\"x > y\" width=3 src=z checked ") == {
        "src": "a&b",
        "alt": "x > y",
        "width": "3",
    }
