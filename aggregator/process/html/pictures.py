"""Choose the best address of a picture: one decision for bodies, enclosures, media and lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

# Width to look for, in pixels: sharp on a phone and in a column of text, and no more.
_IDEAL_WIDTH = 1_200
# Widths to assume when nothing tells them.
_UNKNOWN = 400
_PLAIN = 600
_DEFERRED = 800
_LARGE = 1_000
_ORIGINAL = 2_000
# Maximum characters of a srcset; the rest is ignored.
_MAX_SRCSET = 8_000

# Attributes by the width that their pictures usually have. Lazy loaders move `src` to the first
# kind; the others name larger copies of what is shown.
_SOURCES = {
    _DEFERRED: (
        "data-src", "data-lazy-src", "data-original", "data-lazy", "data-lazyload",
        "data-lazyload-src", "data-litespeed-src", "data-cfsrc", "data-pagespeed-lazy-src",
        "data-pagespeed-high-res-src", "data-echo", "data-actualsrc", "data-ezsrc", "data-breeze",
        "data-opt-src", "data-runner-src", "data-real-src", "data-lzl-src", "data-delayed-url",
        "data-native-src", "data-nectar-img-src", "data-src-medium",
    ),
    _LARGE: ("data-large-file", "data-large-src", "data-src-large"),
    _ORIGINAL: (
        "data-orig-file", "data-full-url", "data-full-src", "data-hi-res-src", "data-hires",
        "data-highres", "data-zoom-image", "data-original-src",
    ),
}  # fmt: skip
# Attributes that name pictures on some sites and pages on others. Any other `data-` attribute that
# names a file of a picture counts too, but only gains against placeholders and thumbnails.
_AMBIGUOUS = frozenset(
    ["data-url", "data-image", "data-img", "data-img-src", "data-img-url", "data-full"]
)
_SRCSETS = frozenset(
    [
        "srcset",
        "data-srcset",
        "data-lazy-srcset",
        "data-litespeed-srcset",
        "data-cfsrcset",
        "data-original-set",
        "data-orig-srcset",
        "data-aload-srcset",
        "data-defer-srcset",
        "data-td-srcset",
        "data-bgset",
    ]
)
# Left by scripts that fill in the width of the column.
_WIDTH_TEMPLATE = re.compile(r"(?:\{|%7B)width(?:\}|%7D)", re.IGNORECASE)
_GUESSES = {name: guess for guess, names in _SOURCES.items() for name in names}
_LAZY = (_SRCSETS - {"srcset"}).union(_SOURCES[_DEFERRED])
_SRCSET = re.compile(r"([^\s,]\S*+)(?:(?<!,)\s++(?:(\d{1,5}(?:\.\d{1,4})?)([wx]))?[^,]*+)?")

_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "jpe": "image/jpeg", "jfif": "image/jpeg",
    "png": "image/png", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif",
    "svg": "image/svg+xml", "bmp": "image/bmp",
}  # fmt: skip
_VAGUE_TYPES = frozenset(["", "image", "application/octet-stream", "binary/octet-stream"])
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)

_NO_PICTURE = re.compile(r"(?:data|about|blob|javascript|cid|file):|[#?]|$", re.IGNORECASE)
# File extensions of pages, feeds and documents.
_NO_PICTURES = frozenset(
    [
        "html", "htm", "xhtml", "shtml", "asp", "aspx", "jsp", "xml", "rss", "atom", "json", "pdf",
        "js", "css", "swf",
    ]
)  # fmt: skip
# What loaders show until the picture is there. Such a name is no proof on a photograph.
_PLACEHOLDER_TYPES = frozenset(["gif", "png", "svg"])
_PLACEHOLDER = re.compile(
    r"(?:[^?#]*/)?(?:(?:img|image|lazy|pic|photo)[_-])?"
    r"(?:blank|spacer|placeholder|1x1|transparent|trans|empty|clear|lazy(?:[_-]?load)?)"
    r"(?:[_-]?(?:img|image|pixel|\d++(?:x\d++)?))*+\.(?:gif|png|svg)(?:[?#]|$)"
    r"|[^?#]*/pagespeed_static/1\.",
    re.IGNORECASE,
)
# Names that lose against any other address of the same picture.
_STAND_IN = re.compile(
    r"(?:.*[_.-])?(?:placeholder|blank|spacer|lazy(?:[_-]?load)?|loading|loader|1x1|pixel"
    r"|transparent|trans|grey|gray|empty|default|dummy|thumb-blur)(?:[_-]?\d+(?:x\d+)?)?"
    r"\.(?:gif|png|svg|jpe?g|webp)",
    re.IGNORECASE,
)
_NAMED_WIDTH = re.compile(
    r"-(\d{2,4})x\d{2,4}(?=\.[A-Za-z]{3,4}(?:[?#]|$))|[?&](?:w|width|s|imwidth)=(\d{2,4})(?=&|$)"
    r"|[/,]w_(\d{2,4})(?=[/,])"
)
_DIGITS = re.compile(r"\s*(\d{1,5})(?:\.\d*)?(?:px)?\s*", re.ASCII)
_TINY_STYLE = re.compile(
    r"(?:^|[;\s])(?:width|height)\s*:\s*[0-2](?:\.\d+)?(?:px)?\s*(?:!important\s*)?(?:;|$)",
    re.IGNORECASE,
)

_BEACON_SITES = frozenset(
    [
        "adnxs.com", "alexametrics.com", "amazon-adsystem.com", "amung.us", "chartbeat.com",
        "chartbeat.net", "criteo.com", "doubleclick.net", "estat.com", "feedblitz.com",
        "feedsportal.com", "gemius.pl", "goatcounter.com", "google-analytics.com",
        "googletagmanager.com", "histats.com", "matomo.cloud", "mixpanel.com", "outbrain.com",
        "parsely.com", "pheedo.com", "plausible.io", "quantserve.com", "scorecardresearch.com",
        "simpleanalyticscdn.com", "smartadserver.com", "statcounter.com", "taboola.com",
        "weborama.fr", "xiti.com", "yadro.ru",
    ]
)  # fmt: skip
_BEACON_HOSTS = frozenset(
    [
        "analytics.twitter.com", "bat.bing.com", "counter.theconversation.com",
        "feeds.wordpress.com", "mc.yandex.ru", "pixel.facebook.com", "pixel.wp.com",
        "px.ads.linkedin.com", "stats.wordpress.com", "stats.wp.com",
    ]
)  # fmt: skip
# Counting addresses of hosts that also serve pictures.
_BEACON_ADDRESS = re.compile(
    r"(?:https?:)?//(?:(?:[\w-]+\.)?facebook\.com/tr(?:[/?]|$)|t\.co/i/adsct"
    r"|(?:feeds\d?|rss)\.[\w.-]+/~(?:r|ff|a|4)/)",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:https?:)?//([^/?#:]+)", re.IGNORECASE)


class Candidate(NamedTuple):
    """One address of a picture. `width` in pixels, None if unknown; then `guess` counts."""

    address: str
    width: int | None = None
    guess: int = _PLAIN


def best_picture(candidates: Iterable[Candidate]) -> str | None:
    """The address whose width is nearest 1,200 pixels, the first of equals; None if none will do.

    Never a placeholder, a beacon or a page. WebP and AVIF lose against other types of equal width.
    """
    usable = [candidate for candidate in candidates if _is_usable(candidate)]
    if len(usable) < 2:
        return usable[0].address if usable else None
    return min(usable, key=_distance).address


def _is_usable(candidate: Candidate) -> bool:
    address, width, _ = candidate
    return not ((width is not None and width <= 2) or _shows_nothing(address) or is_beacon(address))


def _shows_nothing(address: str) -> bool:
    if _NO_PICTURE.match(address):
        return True
    extension = _extension(address)
    if extension in _PLACEHOLDER_TYPES:
        return _PLACEHOLDER.match(address) is not None
    return extension in _NO_PICTURES


def _distance(candidate: Candidate) -> tuple[bool, int, int]:
    address = candidate.address
    width = _width_in(address) or candidate.width or candidate.guess
    extension = _extension(address)
    rank = 2 if extension == "avif" else 1 if extension == "webp" else 0
    return _STAND_IN.fullmatch(_file_name(address)) is not None, abs(width - _IDEAL_WIDTH), rank


def _width_in(address: str) -> int | None:
    found = _NAMED_WIDTH.search(address)
    return int(next(filter(None, found.groups()))) if found else None


def _file_name(address: str) -> str:
    return address.partition("?")[0].partition("#")[0].rpartition("/")[2]


def _extension(address: str) -> str:
    return _file_name(address).rpartition(".")[2].lower()


def element_candidates(attributes: Mapping[str, str]) -> list[Candidate]:
    """The addresses that an `<img>`, `<amp-img>` or `<source>` names, by any attribute."""
    shown = pixels(attributes.get("width"))
    found: list[Candidate] = []
    for name, text in attributes.items():
        if name[:5] != "data-" and name != "srcset":
            continue
        value = text.strip()
        if name in _SRCSETS:
            found += _srcset(value, shown)
        elif value and (guess := _GUESSES.get(name)):
            if "width" in value:
                value = _WIDTH_TEMPLATE.sub(str(_IDEAL_WIDTH), value)
            found.append(Candidate(value, shown if guess == _DEFERRED else None, guess))
        elif _extension(value) in _TYPES and not any(letter.isspace() for letter in value):
            guess = _DEFERRED if name in _AMBIGUOUS else _UNKNOWN
            found.append(Candidate(value, None, guess))
    if src := attributes.get("src", "").strip():
        found.append(Candidate(src, shown))
    return found


def is_lazy(attributes: Mapping[str, str]) -> bool:
    """Whether an image is loaded by a script, so that a copy for others may stand beside it."""
    return not _LAZY.isdisjoint(attributes) or _shows_nothing(attributes.get("src", "").strip())


def _srcset(text: str, shown: int | None) -> Iterator[Candidate]:
    """Candidates of a srcset; a density ("2x") multiplies the width that the image is shown at."""
    for address, number, unit in _SRCSET.findall(text[:_MAX_SRCSET]):
        width = float(number or 1)
        if unit != "w":
            width *= shown or _PLAIN
        yield Candidate(address.rstrip(","), int(width))


def pixels(text: str | None) -> int | None:
    """A length in pixels; None for percentages and other units."""
    found = _DIGITS.fullmatch(text) if text else None
    return int(found[1]) if found else None


def is_tiny(attributes: Mapping[str, str]) -> bool:
    """Whether a picture is declared to be at most two pixels wide or high."""
    for name in ("width", "height"):
        size = pixels(attributes.get(name))
        if size is not None and size <= 2:
            return True
    style = attributes.get("style")
    return style is not None and _TINY_STYLE.search(style) is not None


def is_beacon(url: str) -> bool:
    """Whether an image's URL belongs to a service that counts readers; names alone do not tell."""
    # Matomo's protocol, on any host.
    if "matomo.php?" in url or "piwik.php?" in url:
        return True
    if ("/tr" in url or "/~" in url or "/adsct" in url) and _BEACON_ADDRESS.match(url):
        return True
    found = _HOST.match(url)
    if not found:
        return False
    host = found[1].lower()
    return host in _BEACON_HOSTS or ".".join(host.rsplit(".", 2)[-2:]) in _BEACON_SITES


def media_type(declared: str, address: str, medium: str = "") -> str:
    """The media type of a file: as declared, else for pictures by `medium` or file extension.

    "" if neither says anything, or if a page is declared to be a picture.
    """
    declared = declared.strip().lower()
    if declared == "image":
        medium = medium or declared
    if not _MEDIA_TYPE.fullmatch(declared) or declared in _VAGUE_TYPES:
        kind = _TYPES.get(_extension(address), "") if medium in ("", "image") else ""
        vague = declared if declared in _VAGUE_TYPES and "/" in declared else ""
        return kind or ("image/jpeg" if medium == "image" else vague)
    if declared[:6] == "image/" and _extension(address) in _NO_PICTURES:
        return ""
    return declared


def is_dead(declared: str, address: str) -> bool:
    """Whether a file needs Flash, which nothing plays any more."""
    return (
        "shockwave-flash" in declared or "futuresplash" in declared or _extension(address) == "swf"
    )
