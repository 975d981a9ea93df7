"""Turn players into the frames that pages allow, or into links: frames, objects, AMP's elements.

Only `embed_url`, which `process.html.sanitize` also calls from inside nh3, matters for safety:
everything else that leaves this file goes through nh3.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape

from aggregator.process.html.links import LinkResolver
from aggregator.process.html.pictures import is_beacon, is_dead, is_tiny, media_type
from aggregator.process.html.tags import ATTRIBUTES, parse_attributes

# Hosts of the frames that survive, for the Content-Security-Policy of pages (`frame-src`).
EMBED_HOSTS: tuple[str, ...] = (
    "www.youtube-nocookie.com",
    "player.vimeo.com",
    "www.dailymotion.com",
    "open.spotify.com",
    "w.soundcloud.com",
)

_FRAME = re.compile(rf"<iframe(?=[\s/>]){ATTRIBUTES}", re.IGNORECASE)
_FRAME_SOURCES = (
    "src", "data-src", "data-lazy-src", "data-original", "data-lazy", "data-lazyload",
    "data-litespeed-src", "data-cfsrc", "data-url", "data-embed-src",
)  # fmt: skip
_EMBED = re.compile(
    r"https://(?:www\.youtube-nocookie\.com/embed/[\w-]+|player\.vimeo\.com/video/\d+"
    r"|www\.dailymotion\.com/embed/video/\w+|open\.spotify\.com/embed/[a-z]+/\w+"
    r"|w\.soundcloud\.com/player/?)(?:\?[^#\s\"'<>\\]*)?",
    re.ASCII,
)
# (pages and players of a service, the player's address).
_SERVICES = (
    (
        re.compile(
            r"https://(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:embed|v|shorts|live)/([\w-]+)"
            r"[^?#]*(\?[^#]*)?.*",
            re.IGNORECASE | re.DOTALL,
        ),
        "https://www.youtube-nocookie.com/embed/{}{}",
    ),
    (
        re.compile(
            r"https://(?:(?:www\.|m\.)?youtube\.com/watch\?(?:[^#]*&)?v=|youtu\.be/)([\w-]+)()"
            r"(?:[?&#/].*)?",
            re.IGNORECASE | re.DOTALL,
        ),
        "https://www.youtube-nocookie.com/embed/{}{}",
    ),
    (
        re.compile(
            r"https://geo\.dailymotion\.com/player(?:/\w+)?\.html\?(?:[^#]*&)?video=(\w+)().*",
            re.IGNORECASE | re.DOTALL,
        ),
        "https://www.dailymotion.com/embed/video/{}{}",
    ),
    (
        re.compile(
            r"https://(?:(?:(?:www|geo)\.)?dailymotion\.com/(?:(?:embed/|swf/)?video|swf)|dai\.ly)"
            r"/(\w+)[^?#]*(\?[^#]*)?.*",
            re.IGNORECASE | re.DOTALL,
        ),
        "https://www.dailymotion.com/embed/video/{}{}",
    ),
    (
        re.compile(r"https://(?:www\.)?vimeo\.com/(\d+)()(?:[?#/].*)?", re.IGNORECASE | re.DOTALL),
        "https://player.vimeo.com/video/{}{}",
    ),
)

_YOUTUBE_PLAYER = "https://www.youtube.com/embed/{}"
_VIMEO_PLAYER = "https://player.vimeo.com/video/{}"
_NAMES = ("videoid", "data-videoid", "video-id", "data-video-id")
# Elements that scripts turn into players: (attributes that name the video or page, its address).
_ELEMENTS = {
    "lite-youtube": (_NAMES, _YOUTUBE_PLAYER),
    "youtube-video": (("src", *_NAMES), _YOUTUBE_PLAYER),
    "amp-youtube": (_NAMES, _YOUTUBE_PLAYER),
    "lite-vimeo": (_NAMES, _VIMEO_PLAYER),
    "amp-vimeo": (_NAMES, _VIMEO_PLAYER),
    "amp-dailymotion": (_NAMES, "https://www.dailymotion.com/embed/video/{}"),
    "amp-soundcloud": (
        ("data-trackid",),
        "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/{}",
    ),
    "amp-twitter": (("data-tweetid",), "https://twitter.com/i/status/{}"),
    "amp-instagram": (("data-shortcode",), "https://www.instagram.com/p/{}/"),
    "amp-tiktok": (("data-src",), "https://www.tiktok.com/embed/{}"),
    "amp-facebook": (("data-href",), "{}"),
    "amp-iframe": (("src",), "{}"),
}
_PLAYER = re.compile(
    rf"<(/?)(object|embed|param|(?:amp-)?(?:video|audio)|{'|'.join(_ELEMENTS)})(?=[\s/>]){ATTRIBUTES}",
    re.IGNORECASE,
)
_MEDIA = frozenset(["video", "audio", "amp-video", "amp-audio"])
_PARAMETERS = frozenset(["movie", "src", "data", "url", "filename"])
_ID = re.compile(r"[\w-]{1,80}", re.ASCII)


def embed_url(url: str) -> str | None:
    """`url` (absolute) as the URL of an allowed frame; None for all others.

    Always https; YouTube without cookies.
    """
    url = re.sub(r"^http:", "https:", url, count=1)
    for pattern, player in _SERVICES:
        if found := pattern.fullmatch(url):
            url = player.format(found[1], found[2] or "")
            break
    return url if _EMBED.fullmatch(url) else None


def rewrite_frames(html: str, links: LinkResolver) -> str:
    """`html` with each frame as an allowed embed or as a link to its URL."""
    return "".join(_frame_pieces(html, links))


def _frame_pieces(html: str, links: LinkResolver) -> Iterator[str]:
    lower, done, closed = html.lower(), 0, True
    while (tag := _FRAME.search(html, done)) is not None:
        yield html[done : tag.start()]
        attributes = parse_attributes(tag[1])
        sources = (attributes.get(name, "").strip() for name in _FRAME_SOURCES)
        src = next((src for src in sources if src and ":blank" not in src), None)
        if not is_tiny(attributes):
            yield _player(links.resolve(src), attributes)
        end = lower.find("</iframe", tag.end()) if closed else -1
        closed = end >= 0
        done = tag.end() if end < 0 else _after(html, end)
    yield html[done:]


def _after(html: str, end: int) -> int:
    close = html.find(">", end)
    return len(html) if close < 0 else close + 1


def _player(url: str | None, attributes: dict[str, str]) -> str:
    """An allowed frame, a picture, or a link; nothing for beacons and dead Flash files."""
    if url is None or is_beacon(url):
        return ""
    embed = embed_url(url)
    if embed is not None:
        title = escape(attributes.get("title", ""))
        return f'<iframe src="{escape(embed)}" title="{title}"></iframe>'
    kind = attributes.get("type", "").strip().lower()
    if is_dead(kind, url):
        return ""
    if media_type(kind, url).startswith("image/"):
        return f'<img src="{escape(url)}">'
    return f'<p><a href="{escape(url)}">{escape(url.split("/")[2])}</a></p>'


class _Object:
    """An open `<object>`: where it began, and the addresses that it and its children name."""

    def __init__(self, start: int, attributes: dict[str, str]) -> None:
        self.start = start
        self.attributes = attributes
        self.addresses = [attributes.get("data", "")]

    def player(self, links: LinkResolver) -> str:
        urls = [url for address in self.addresses if (url := links.resolve(address))]
        urls.sort(key=lambda url: embed_url(url) is None)
        players = (_player(url, self.attributes if url == urls[0] else {}) for url in urls)
        return next(filter(None, players), "")


def rewrite_players(html: str, links: LinkResolver) -> str:
    """`html` with objects, embeds and the elements of players as embeds or links.

    An object without an address that anything plays gives way to its own fallback.
    """
    pieces: list[str] = []
    open_objects: list[_Object] = []
    done = 0
    for tag in _PLAYER.finditer(html):
        pieces.append(html[done : tag.start()])
        done = tag.end()
        name = tag[2].lower()
        if name in _MEDIA:
            attributes = {} if tag[1] else parse_attributes(tag[3])
            start = _medium(tag[1] + name.removeprefix("amp-"), attributes)
            pieces += [start, html[tag.end(2) : tag.end()]]
        elif name == "object":
            _object(tag, pieces, open_objects, links)
        elif not tag[1]:
            pieces.append(_child(name, parse_attributes(tag[3]), open_objects, links))
    pieces.append(html[done:])
    for unclosed in open_objects:
        pieces[unclosed.start] = unclosed.player(links)
    return "".join(pieces)


def _medium(name: str, attributes: dict[str, str]) -> str:
    """The beginning of a tag of a video or audio, with the address that a script would set."""
    deferred = attributes.get("data-src")
    # Of two equal attributes the first counts.
    return f'<{name} src="{escape(deferred)}"' if deferred else f"<{name}"


def _object(
    tag: re.Match[str], pieces: list[str], open_objects: list[_Object], links: LinkResolver
) -> None:
    if not tag[1]:
        open_objects.append(_Object(len(pieces), parse_attributes(tag[3])))
        pieces.append("")
    elif open_objects:
        closed = open_objects.pop()
        if player := closed.player(links):
            pieces[closed.start :] = [player]


def _child(
    name: str, attributes: dict[str, str], open_objects: Sequence[_Object], links: LinkResolver
) -> str:
    """What stands for a `<param>`, `<embed>` or element of a player."""
    address = _address(name, attributes)
    if name in ("param", "embed") and open_objects:
        open_objects[-1].addresses.append(address)
        return ""
    return "" if name == "param" else _player(links.resolve(address), attributes)


def _address(name: str, attributes: dict[str, str]) -> str:
    if name == "param":
        named = attributes.get("name", "").lower() in _PARAMETERS
        return attributes.get("value", "") if named else ""
    if name == "embed":
        return attributes.get("src", "")
    names, player = _ELEMENTS[name]
    value = next((value for name in names if (value := attributes.get(name, "").strip())), "")
    if player == "{}" or "/" in value:
        return value
    return player.format(value) if _ID.fullmatch(value) else ""
