"""Players become allowed frames or links; nothing playable vanishes."""

import pytest

from aggregator.process.html.links import LinkResolver
from aggregator.process.html.players import (
    EMBED_HOSTS,
    embed_url,
    rewrite_frames,
    rewrite_players,
)

BASE = "https://www.example.ma/a/"
YOUTUBE = "https://www.youtube-nocookie.com/embed/AbC"


def framed(url: str) -> str:
    return f'<iframe src="{url}" title=""></iframe>'


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/channel/x",
        "https://www.youtube.com/watch?list=x",
        "https://www.youtube.com.evil.test/embed/x",
        "https://www.youtube.com/embed/",
        "https://www.youtube.com:8443/embed/x",
        "https://evil.test/https://www.youtube.com/embed/x",
        "https://youtu.be.evil.test/x",
        "https://geo.dailymotion.com/player/x.html?playlist=y",
        "https://geo.dailymotion.com.evil.test/player.html?video=y",
        "https://player.vimeo.com/video/x",
        "https://vimeo.com/channels/x",
        "https://player.vimeo.com/video/1/../../x",
        "https://www.facebook.com/plugins/video.php?href=x",
        'https://player.vimeo.com/video/1?"onload=x',
    ],
)
def test_other_frames_are_no_embeds(url: str) -> None:
    assert embed_url(url) is None


@pytest.mark.parametrize(
    ("url", "embed"),
    [
        ("https://www.youtube.com/live/AbC", YOUTUBE),
        ("https://www.youtube.com/live/AbC?si=1", f"{YOUTUBE}?si=1"),
        ("https://www.youtube.com/v/AbC", YOUTUBE),
        ("http://www.youtube.com/watch?v=AbC&t=3", YOUTUBE),
        ("https://m.youtube.com/watch?app=x&v=AbC", YOUTUBE),
        ("https://youtu.be/AbC?t=3", YOUTUBE),
        (
            "https://geo.dailymotion.com/player/x1.html?video=x8a",
            "https://www.dailymotion.com/embed/video/x8a",
        ),
        (
            "https://geo.dailymotion.com/player.html?mute=1&video=x8a&b=1",
            "https://www.dailymotion.com/embed/video/x8a",
        ),
        (
            "https://www.dailymotion.com/swf/x8a",
            "https://www.dailymotion.com/embed/video/x8a",
        ),
        (
            "https://www.dailymotion.com/swf/video/x8a",
            "https://www.dailymotion.com/embed/video/x8a",
        ),
        ("https://dai.ly/x8a", "https://www.dailymotion.com/embed/video/x8a"),
        ("https://vimeo.com/123", "https://player.vimeo.com/video/123"),
    ],
)
def test_pages_and_players_of_a_service_are_embeds(url: str, embed: str) -> None:
    assert embed_url(url) == embed


def test_embeds_stay_on_the_hosts_that_pages_allow() -> None:
    for url in ("https://m.youtube.com/embed/x/y?a=1#b", "https://youtube-nocookie.com/embed/x"):
        embed = embed_url(url)
        assert embed is not None
        assert embed.split("/")[2] in EMBED_HOSTS
        assert embed_url(embed) == embed


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<object><param name="movie" value="https://www.youtube.com/v/AbC">'
         '<embed src="https://www.youtube.com/v/AbC"></object>', framed(YOUTUBE)),
        ('<object data="/old.swf"><param name="src" value="https://youtu.be/AbC">بديل</object>',
         framed(YOUTUBE)),
        ("<object><object data='https://youtu.be/AbC'></object></object>", framed(YOUTUBE)),
        ('<object data="https://youtu.be/AbC">بلا نهاية', f"{framed(YOUTUBE)}بلا نهاية"),
        ('<embed src="https://www.youtube.com/v/AbC">', framed(YOUTUBE)),
        ('<lite-youtube videoid="AbC"></lite-youtube>', f"{framed(YOUTUBE)}"),
        ('<amp-youtube data-videoid="AbC">', framed(YOUTUBE)),
        ('<youtube-video src="https://youtu.be/AbC">', framed(YOUTUBE)),
        ('<amp-vimeo data-videoid="123">', framed("https://player.vimeo.com/video/123")),
    ],
)  # fmt: skip
def test_players_become_frames(body: str, expected: str) -> None:
    assert rewrite_players(body, LinkResolver(BASE)) == expected


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ('<object data="/f.pdf" type="application/pdf">بديل</object>',
         "https://www.example.ma/f.pdf"),
        ('<embed src="https://player.example/x?a=1&amp;b=2">',
         "https://player.example/x?a=1&amp;b=2"),
        ('<amp-iframe src="https://maps.example/x">', "https://maps.example/x"),
        ('<amp-twitter data-tweetid="12">', "https://twitter.com/i/status/12"),
    ],
)  # fmt: skip
def test_others_become_links(body: str, url: str) -> None:
    assert f'<a href="{url}">' in rewrite_players(body, LinkResolver(BASE))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<embed src="/a.swf">', ""),
        ('<object data="/a.swf"><p>بديل</p></object>', "<p>بديل</p>"),
        ('<object data="/a.png" type="image/png">x</object>',
         '<img src="https://www.example.ma/a.png">'),
        ('<amp-video src="/v.mp4"></amp-video>', '<video src="/v.mp4"></video>'),
        ('<video data-src="/v.mp4"></video>', '<video src="/v.mp4" data-src="/v.mp4"></video>'),
        ('<lite-youtube videoid="a b"></lite-youtube>', ""),
        ('<param name="src" value="/x">', ""),
        ("</object></embed>نص", "نص"),
    ],
)  # fmt: skip
def test_files_and_dead_players(body: str, expected: str) -> None:
    assert rewrite_players(body, LinkResolver(BASE)) == expected


@pytest.mark.parametrize(
    "frame",
    [
        '<iframe src="https://www.googletagmanager.com/ns.html?id=1"></iframe>',
        '<iframe src="https://count.example/x" width="0" height="0"></iframe>',
        '<iframe src="about:blank"></iframe>',
    ],
)
def test_counting_frames_are_gone(frame: str) -> None:
    assert rewrite_frames(frame, LinkResolver(BASE)) == ""
