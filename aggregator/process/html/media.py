"""Prepare images and frames of a body for the sanitizer: load lazy ones, drop tracking ones.

Only `embed_url`, which `process.html.sanitize` also calls from inside nh3, matters for safety:
everything else that leaves this file goes through nh3.
"""

import re
from collections.abc import Iterator
from html import escape, unescape

from aggregator.urls import resolve_url

# Hosts of the frames that survive, for the Content-Security-Policy of pages (`frame-src`).
EMBED_HOSTS: tuple[str, ...] = (
    "www.youtube-nocookie.com",
    "player.vimeo.com",
    "www.dailymotion.com",
    "open.spotify.com",
    "w.soundcloud.com",
)

_ATTRIBUTES = r"""((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>?+"""
_IMAGE = re.compile(rf"<img(?=[\s/]){_ATTRIBUTES}", re.IGNORECASE)
_FRAME = re.compile(rf"<iframe(?=[\s/>]){_ATTRIBUTES}", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([A-Za-z][\w:.-]*+)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>"']++)""")

_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-litespeed-src",
    "data-orig-file",
    "data-echo",
    "data-url",
)
_PLACEHOLDER = re.compile(
    r"data:|about:|(?:.*[/_.-])?(?:placeholder|blank|spacer|lazy(?:[_-]?load)?|loading|loader|1x1"
    r"|pixel|transparent|trans|grey|gray|empty|default)[^/]*\.(?:gif|png|svg|jpe?g|webp)",
    re.IGNORECASE | re.DOTALL,
)
_BEACON_SITES = frozenset(
    [
        "adnxs.com",
        "alexametrics.com",
        "amazon-adsystem.com",
        "chartbeat.com",
        "chartbeat.net",
        "criteo.com",
        "doubleclick.net",
        "feedsportal.com",
        "google-analytics.com",
        "googletagmanager.com",
        "histats.com",
        "outbrain.com",
        "parsely.com",
        "pheedo.com",
        "quantserve.com",
        "scorecardresearch.com",
        "statcounter.com",
        "taboola.com",
        "xiti.com",
        "yadro.ru",
    ]
)
_BEACON_HOSTS = frozenset(
    ["feeds.wordpress.com", "mc.yandex.ru", "pixel.wp.com", "stats.wordpress.com", "stats.wp.com"]
)
_BEACON_NAMES = ("pixel.", "beacon.", "tracking.", "track.")
_BEACON_PATH = re.compile(
    r"/(?:~(?:r|ff|a|4)/|(?:b|pixel|1x1|spacer|clear|beacon|count|counter|track|tracking|open|mf"
    r"|piwik|matomo)\.(?:gif|php|png)\b|tr[/?]|tr$|track/open)",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:https?:)?//([^/?#:]+)", re.IGNORECASE)
_TINY_STYLE = re.compile(r"(?:^|[;\s])(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)", re.IGNORECASE)

_EMBED = re.compile(
    r"https://(?:www\.youtube-nocookie\.com/embed/[\w-]+|player\.vimeo\.com/video/\d+"
    r"|www\.dailymotion\.com/embed/video/\w+|open\.spotify\.com/embed/[a-z]+/\w+"
    r"|w\.soundcloud\.com/player/?)(?:\?[^#\s\"'<>\\]*)?",
    re.ASCII,
)
_YOUTUBE = re.compile(
    r"https://(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:embed|v|shorts)/([\w-]+)[^?]*(\?[^#]*)?.*",
    re.IGNORECASE | re.DOTALL,
)


def is_beacon(url: str) -> bool:
    """Whether an image's URL belongs to a service that tracks readers."""
    if _BEACON_PATH.search(url):
        return True
    found = _HOST.match(url)
    if not found:
        return False
    host = found[1].lower()
    if host in _BEACON_HOSTS or host.startswith(_BEACON_NAMES):
        return True
    labels = host.rsplit(".", 2)
    return ".".join(labels[-2:]) in _BEACON_SITES


def embed_url(url: str) -> str | None:
    """`url` (absolute) as the URL of an allowed frame; None for all others.

    Always https; YouTube without cookies.
    """
    url = re.sub(r"^http:", "https:", url, count=1)
    youtube = _YOUTUBE.fullmatch(url)
    if youtube:
        url = f"https://www.youtube-nocookie.com/embed/{youtube[1]}{youtube[2] or ''}"
    url = url.replace("https://geo.dailymotion.com/", "https://www.dailymotion.com/", 1)
    return url if _EMBED.fullmatch(url) else None


def parse_attributes(text: str) -> dict[str, str]:
    """Attributes of a start tag by lower-case name; the first of a name wins."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        value = value[1:-1] if value[0] in "\"'" else value
        found.setdefault(name.lower(), unescape(value) if "&" in value else value)
    return found


def rewrite_images(html: str) -> str:
    """`html` with lazily loaded images made ordinary and tracking pixels removed."""
    promoted: set[str] = set()
    return _IMAGE.sub(lambda tag: _image(tag, promoted), html)


def _image(tag: re.Match[str], promoted: set[str]) -> str:
    attributes = parse_attributes(tag[1])
    src = attributes.get("src", "").strip()
    lazy = _lazy_source(attributes) if _is_placeholder(src, tag[1]) else None
    address = lazy or src
    if not address or address[:5].lower() == "data:" or _is_tiny(attributes) or is_beacon(address):
        return ""
    if lazy is None:
        # Lazily loaded images come with their plain copy for browsers without scripts.
        return "" if address in promoted else tag[0]
    promoted.add(address)
    kept = "".join(
        f' {name}="{escape(attributes[name])}"'
        for name in ("alt", "title", "width", "height")
        if name in attributes
    )
    return f'<img src="{escape(lazy)}"{kept}>'


def _is_placeholder(src: str, attributes: str) -> bool:
    if not src:
        return True
    return ("data-" in attributes or "data:" in src) and _PLACEHOLDER.match(src) is not None


def _lazy_source(attributes: dict[str, str]) -> str | None:
    for name in _LAZY:
        value = attributes.get(name, "").strip()
        if value and value[:5].lower() != "data:":
            return value
    for name in ("srcset", "data-srcset", "data-lazy-srcset"):
        first = attributes.get(name, "").strip().split(" ", 1)[0].rstrip(",")
        if first and first[:5].lower() != "data:":
            return first
    return None


def _is_tiny(attributes: dict[str, str]) -> bool:
    for name in ("width", "height"):
        if attributes.get(name, "").strip().removesuffix("px") in ("0", "1"):
            return True
    style = attributes.get("style")
    return style is not None and _TINY_STYLE.search(style) is not None


def rewrite_frames(html: str, base: str) -> str:
    """`html` with each frame as an allowed embed or as a link to its URL."""
    if not _FRAME.search(html):
        return html
    return "".join(_frame_pieces(html, base))


def _frame_pieces(html: str, base: str) -> Iterator[str]:
    lower, done, closed = html.lower(), 0, True
    while (tag := _FRAME.search(html, done)) is not None:
        yield html[done : tag.start()]
        attributes = parse_attributes(tag[1])
        src = next(
            (v for n in ("src", *_LAZY) if (v := attributes.get(n)) and ":blank" not in v), None
        )
        yield _frame(resolve_url(src, base), attributes)
        end = lower.find("</iframe", tag.end()) if closed else -1
        closed = end >= 0
        done = tag.end() if end < 0 else _after(html, end)
    yield html[done:]


def _after(html: str, end: int) -> int:
    close = html.find(">", end)
    return len(html) if close < 0 else close + 1


def _frame(url: str | None, attributes: dict[str, str]) -> str:
    if url is None:
        return ""
    embed = embed_url(url)
    if embed is None:
        host = url.split("/")[2]
        return f'<p><a href="{escape(url)}">{escape(host)}</a></p>'
    title = escape(attributes.get("title", ""))
    return f'<iframe src="{escape(embed)}" title="{title}"></iframe>'
