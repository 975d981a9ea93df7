"""Make publishers' HTML safe to put on a page: our security boundary. nh3 always comes last.

The only import of nh3. Keeps what an article needs; see
docs/decisions/0001-sanitizing-with-nh3-and-bleach.md.
"""

import re
from contextvars import ContextVar
from html import escape, unescape

import nh3

from aggregator.process.html.boundaries import keep_boundaries
from aggregator.process.html.images import rewrite_images, unescape_noscripts
from aggregator.process.html.linkify import text_to_html
from aggregator.process.html.links import LinkResolver
from aggregator.process.html.mathml import rewrite_mathematics
from aggregator.process.html.players import (
    EMBED_HOSTS,
    embed_url,
    rewrite_frames,
    rewrite_players,
)
from aggregator.process.html.urls import strip_tracking
from aggregator.text.plain import INLINE_ELEMENTS

__all__ = ["EMBED_HOSTS", "MAX_SIZE", "TAGS", "sanitize"]

# Maximum characters of a body; the rest is cut.
MAX_SIZE = 1_048_576
MAX_DEPTH = 200
# Maximum sum of open elements over all tags, which a parser may have to rebuild.
_MAX_WORK = 1_000_000
_MAX_TAG = 4096
# Maximum "<" and "&" that are text; each costs nh3 a microsecond or more.
_MAX_SPECIAL = 20_000
_ROUNDS = 5

TAGS = frozenset(
    [
        "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "q", "cite", "ul", "ol",
        "li", "dl", "dt", "dd", "pre", "code", "kbd", "samp", "var", "sub", "sup", "em", "strong",
        "b", "i", "u", "s", "del", "ins", "mark", "small", "abbr", "time", "figure", "figcaption",
        "img", "audio", "video", "source", "table", "thead", "tbody", "tfoot", "tr", "th", "td",
        "caption", "colgroup", "col", "a", "details", "summary", "bdi", "bdo", "ruby", "rt", "rp",
        "iframe", "div", "span", "section", "article", "aside", "header", "footer", "wbr",
    ]
)  # fmt: skip
# Elements that leave no gap: the allowed, and images by other names.
_WITH_PLACE = TAGS | {"amp-img", "amp-anim"}
_DROPPED = frozenset(
    [
        "script", "style", "template", "title", "textarea", "select", "noembed", "noframes",
        "svg", "math", "head", "object", "applet", "frameset", "button", "datalist",
    ]
)  # fmt: skip
_ATTRIBUTES = {
    "*": {"dir", "lang"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "audio": {"src"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime"},
    "details": {"open"},
    "iframe": {"src", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ins": {"datetime"},
    "ol": {"start", "reversed"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"src", "poster", "width", "height"},
}
# Written by us, because nh3 adds them in an order that differs between cleaners.
_ADDED = {
    "audio": {"controls": "", "preload": "none"},
    "iframe": {
        "loading": "lazy",
        "referrerpolicy": "strict-origin-when-cross-origin",
        "sandbox": "allow-scripts allow-same-origin allow-popups allow-presentation",
        "allowfullscreen": "",
    },
    "img": {"loading": "lazy", "decoding": "async", "referrerpolicy": "no-referrer"},
    "video": {"controls": "", "preload": "none"},
}
_REL = "noopener noreferrer nofollow"

_NUMBER = re.compile(r"\d{1,5}", re.ASCII)
_SHAPES = {
    "dir": re.compile(r"rtl|ltr|auto", re.IGNORECASE),
    "lang": re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}"),
    "width": _NUMBER,
    "height": _NUMBER,
    "span": _NUMBER,
    "colspan": re.compile(r"\d{1,3}", re.ASCII),
    "rowspan": re.compile(r"\d{1,3}", re.ASCII),
    "start": re.compile(r"-?\d{1,6}", re.ASCII),
    "datetime": re.compile(r"[0-9TZPWDHMS:.+ -]{1,40}", re.ASCII),
    "scope": re.compile(r"row|col|rowgroup|colgroup", re.IGNORECASE),
    "type": re.compile(r"(?:audio|video)/[\w.+-]{1,60}", re.ASCII),
    "open": re.compile(r""),
    "reversed": re.compile(r""),
}
_URL_ATTRIBUTES = frozenset({"href", "src", "poster"})
# (resolver of URLs, the page that in-page anchors belong to).
_context: ContextVar[tuple[LinkResolver, str | None]] = ContextVar(
    "context", default=(LinkResolver(""), None)
)


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute that is allowed by name, None to drop it; called by nh3."""
    if name in _URL_ATTRIBUTES:
        links, page = _context.get()
        base = links.base
        if "#" in value and page is not None and value.lstrip()[:1] == "#":
            base = page
            if tag != "a" or not base:
                return None
        url = links.resolve_published(value, base)
        if url is None or (tag == "img" and url in (base, page)):
            return None
        return embed_url(url) if tag == "iframe" else strip_tracking(url)
    shape = _SHAPES.get(name)
    return value if shape is None or shape.fullmatch(value) else None


def _only_added() -> dict[str, dict[str, set[str]]]:
    return {tag: {name: {value} for name, value in added.items()} for tag, added in _ADDED.items()}


def _cleaner(tags: frozenset[str], *, final: bool) -> nh3.Cleaner:
    attributes = {name: set(values) for name, values in _ATTRIBUTES.items()}
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags=_DROPPED | (TAGS - tags),
        attributes={name: values for name, values in attributes.items() if name in ("*", *tags)},
        attribute_filter=None if final else _filter_attribute,
        link_rel=_REL,
        tag_attribute_values=_only_added() if final else None,
        url_schemes={"http", "https"},
        url_relative="deny" if final else "pass_through",
    )


_FIRST = _cleaner(TAGS, final=False)
_FIRST_WITHOUT_FRAMES = _cleaner(TAGS - {"iframe"}, final=False)
_LAST = _cleaner(TAGS, final=True)

_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_FRAME_WITH_CONTENT = re.compile(r"<iframe[^>]*>(?!</iframe>)|<iframe(?![^>]* src=)")
_USELESS_MEDIA = re.compile(r"<(?:img|source)(?![^>]* src=)[^>]*>")
_SPACE = r"(?:\s|&nbsp;|<br>)*"
_EMPTY = re.compile(
    r"<(p|h[2-6]|figure|figcaption|blockquote|ul|ol|li|section|article|aside|header|footer|em"
    rf"|strong|b|i|div|span|(?:audio|video)(?![^>]* src=))(?: [^>]*)?>{_SPACE}</\1>"
)
_BREAKS = re.compile(r"(?:<br>\s*){3,}")
_MEDIA = re.compile(r"<(img|iframe|audio|video)(?=[ >])")
_MEDIA_ATTRIBUTES = {
    tag: "".join(f' {name}="{value}"' for name, value in added.items())
    for tag, added in _ADDED.items()
}
_SPECIAL = re.compile(
    r"<(i(?:mg|frame)|noscript|h1|picture|object|embed|video|audio|youtube-video|(?:amp|lite)-[a-z]+"
    r"|m(?:ml:m|:m)?ath)(?=[\s/>])",
    re.IGNORECASE,
)
_ORDINARY = frozenset(["img", "iframe", "h1"])
_PLAYERS = ("object", "embed", "video", "audio", "youtube-video", "amp-", "lite-")
_HEADING = re.compile(r"<(/?)h1(?=[\s/>])", re.IGNORECASE)
_OPENING = re.compile(
    r"<(/?)([A-Za-z][^\s/>]*+)"
    r"""(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+)*+>?"""
)
_QUOTED = re.compile(r""""[^"]*+"|'[^']*+'""")
_BLOCK = re.compile(
    rf"<(?!/?(?:{'|'.join(sorted(INLINE_ELEMENTS))})\b)/?[A-Za-z][^<>]*>", re.IGNORECASE
)
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>?")
_NOT_NESTING = frozenset(
    [
        "p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "rt", "rp",
        "br", "hr", "img", "input", "meta", "link", "wbr", "col", "source", "area", "base",
        "embed", "param", "track",
    ]
)  # fmt: skip


def sanitize(
    html: str,
    base_url: str,
    *,
    page_url: str | None = None,
    plain_text: bool = False,
    is_internal: bool = False,
) -> str:
    """`html` as safe HTML; `plain_text` if it is not HTML at all.

    URLs come out absolute (relative to `base_url`), http or https, and without tracking parameters;
    those of private addresses are dropped unless the feed `is_internal`.
    In-page anchors lead to `page_url`, the article's own page ("" if it has none: then they go).
    Linear in time, never raises: a body too deep or too odd for a parser becomes paragraphs of
    text, one over `MAX_SIZE` characters is cut. Idempotent.
    """
    html = _encodable(_truncate(html))
    if plain_text:
        html = text_to_html(html)
    if "<" not in html and "&" not in html and html.isprintable():
        return html.replace(">", "&gt;")
    if _too_heavy(html):
        html = _flatten(html)
    links = LinkResolver(base_url, is_internal)
    token = _context.set((links, page_url))
    try:
        return _clean_until_stable(_rewrite_media(keep_boundaries(html, _WITH_PLACE), links))
    finally:
        _context.reset(token)


def _encodable(html: str) -> str:
    try:
        html.encode()
    except UnicodeEncodeError:
        return html.encode("utf-8", "replace").decode()
    return html


def _truncate(html: str) -> str:
    if len(html) <= MAX_SIZE:
        return html
    html = html[:MAX_SIZE]
    start = html.rfind("<", MAX_SIZE - _MAX_TAG)
    return html[:start] if start > html.rfind(">") else html


def _has_hidden(html: str) -> bool:
    """Whether `html` has control characters, bidi embeddings, overrides or isolates."""
    # str.isprintable takes half the time of the expression and settles nearly every text.
    return not html.replace("\n", " ").isprintable() and _HIDDEN.search(html) is not None


def _too_heavy(html: str) -> bool:
    """Whether a parser would need more than linear time or a deep stack; itself linear."""
    if html.count("<") < MAX_DEPTH and len(html) < 65_536:
        return False
    if html.count("&") > _MAX_SPECIAL:
        return True
    open_elements: dict[str, int] = {}
    depth = work = tags = 0
    for tag in _OPENING.finditer(html):
        name = tag[2].lower()
        work += depth
        tags += 1
        if tag.end() - tag.start() > _MAX_TAG and len(_QUOTED.sub("", tag[0])) > _MAX_TAG:
            return True
        if not tag[1] and name not in _NOT_NESTING:
            depth += 1
            open_elements[name] = open_elements.get(name, 0) + 1
        elif tag[1] and open_elements.get(name, 0):
            depth -= 1
            open_elements[name] -= 1
        if depth > MAX_DEPTH or work > _MAX_WORK:
            return True
    return html.count("<") > 2 * tags + _MAX_SPECIAL


def _flatten(html: str) -> str:
    """The text of `html` in paragraphs, found without a parser."""
    blocks = _TAG.sub("", _BLOCK.sub("\n\n", html)).split("\n\n")
    texts = [" ".join(unescape(block).split()) for block in blocks]
    if sum(text.count("<") + text.count("&") for text in texts) > _MAX_SPECIAL:
        texts = [text.replace("<", "").replace("&", "") for text in texts]
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in texts if text)


def _rewrite_media(html: str, links: LinkResolver) -> str:
    """`html` with headings, formulas, players and images as the allowlist expects them."""
    found = {name.lower() for name in _SPECIAL.findall(html)}
    if not found:
        return html
    if "noscript" in found and "&lt;" in html:
        html = unescape_noscripts(html)
        found = {name.lower() for name in _SPECIAL.findall(html)}
    if any(name.endswith("math") for name in found):
        html = rewrite_mathematics(html)
    if "h1" in found:
        html = _HEADING.sub(r"<\1h2", html)
    if "iframe" in found:
        html = rewrite_frames(html, links)
    if any(name.startswith(_PLAYERS) for name in found):
        html = rewrite_players(html, links)
    return rewrite_images(html, ordinary=found <= _ORDINARY)


def _clean_until_stable(html: str) -> str:
    """`html` cleaned by nh3 and tidied, until nh3 has nothing left to change.

    A result that its parser reads back unchanged is one that browsers read the same way.
    """
    for _ in range(_ROUNDS):
        html = _FIRST.clean(html)
        if "<iframe" in html and _FRAME_WITH_CONTENT.search(html):
            html = _FIRST_WITHOUT_FRAMES.clean(html)
        html = _tidy(html)
        if _MEDIA.search(html):
            html = _MEDIA.sub(lambda tag: tag[0] + _MEDIA_ATTRIBUTES[tag[1]], html)
        last = _LAST.clean(html)
        if last == html:
            return last
        html = last
    return _LAST.clean(_flatten(html))


def _tidy(html: str) -> str:
    """`html` without what sanitizing left empty and what must stay hidden. Only removes."""
    if _has_hidden(html):
        html = _HIDDEN.sub("", html)
    if "<img" in html or "<source" in html:
        html = _USELESS_MEDIA.sub("", html)
    while (tidier := _EMPTY.sub("", html)) != html:
        html = tidier
    if "<br><br>" in html or "<br>\n" in html:
        html = _BREAKS.sub("<br><br>", html)
    return html
