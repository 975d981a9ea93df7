"""URLs of articles: stripped of tracking parameters, and reduced to one form for comparison."""

import re
import unicodedata

from aggregator.keys import key64
from aggregator.urls import WebUrl, parse_web_url

_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNSAFE = re.compile(r"[\x00-\x20\"<>`{}|\\^\x7f]")

_TRACKING = re.compile(
    r"(?:utm_|mtm_|matomo_|pk_(?:campaign|kwd|keyword|source|medium|content|cid)|piwik_|hsa_|_hs"
    r"|fb_(?:action|source|ref)|oly_(?:anon|enc)_id|vero_|ref_(?:src|url)$"
    r"|at_(?:medium|campaign|custom|creation|general|variant|format|term|type|link|ptr|bbc|channel"
    r"|detail|network|recipient|send|emailtype|identifier)"
    r"|(?:fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|ttclid|li_fat_id|igshid|igsh"
    r"|y(?:s)?clid|mc_cid|mc_eid|ml_subscriber|ml_subscriber_hash|mkt_tok|ocid|ncid|cmpid|s_cid"
    r"|_ga|_gl|_openstat|xtor|echobox|wickedid|rb_clickid|srsltid|__twitter_impression"
    r"|guce_referrer|guce_referrer_sig|guccounter)$)",
    re.IGNORECASE,
)
_TRACKING_FRAGMENT = re.compile(
    r"#(?:utm_|mtm_|xtor=|echobox=|at_|fbclid=|ref=rss|_=_$|\.[A-Za-z0-9_-]{11}\.[a-z]+$)",
    re.IGNORECASE,
)
# Places on the page of an article that name no article of their own.
_PLACE_FRAGMENT = re.compile(
    r"#(?:!?/?|/?(?:_?top|start|begin|main|(?:main|page|post|article|entry)[-_]?(?:content|body|text)"
    r"|content|primary|article|body|more(?:-\d+)?|respond|reply|comments?|c"
    r"|comment(?:s|aires|-form|-respond|-section)|commentaires?|disqus_thread|share|partager|print"
    r"|imprimer|rss|feed|xtor.*|ref(?:=.*)?|from=.*|source=.*))",
    re.IGNORECASE,
)

_SITE_PREFIX = re.compile(r"(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
_INDEX = re.compile(r"/(?:index\.(?:php\d?|html?|aspx?|jsp)|default\.aspx?)$", re.IGNORECASE)
# Ends of paths that `_article_path` may strip.
_SHORTENED = re.compile(r"/(?:amp|index\.[a-z0-9]+|default\.[a-z]+)$", re.IGNORECASE)
_HOME = re.compile(r"(?:/(?:[a-z]{2}(?:-[a-z]{2})?|home|accueil))?/*", re.IGNORECASE)
_ESCAPES = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_ASCII_ESCAPE = re.compile(r"%([0-7][0-9A-Fa-f])")
_KEPT_AS_THEY_ARE = "-._~!'()*,:@$"
_PLAIN_CANONICAL = re.compile(
    r"https?://(?:www\.)?([a-z0-9][a-z0-9-]*\.[a-z0-9-]+(?:\.[a-z0-9-]+)*)((?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+)/?"
    r"(#[A-Za-z0-9_-]*)?",
    re.ASCII,
)


def strip_tracking(url: str) -> str:
    """`url` without parameters that only record where the reader came from.

    The other parameters keep their order. Of fragments, only text fragments (`#:~:text=`) and
    campaign fragments are removed.
    """
    if "?" not in url and "#" not in url:
        return url
    address, hash_, fragment = url.partition("#")
    path, mark, query = address.partition("?")
    if mark:
        kept = [
            pair for pair in query.split("&") if pair and not _TRACKING.match(pair.split("=")[0])
        ]
        address = f"{path}?{'&'.join(kept)}" if kept else path
    if not hash_ or _TRACKING_FRAGMENT.match(f"#{fragment}"):
        return address
    fragment = fragment.partition(":~:")[0]
    return f"{address}#{fragment}" if fragment else address


def canonical_url(url: str) -> str:
    """The form in which two URLs of one article are equal; not meant to be opened.

    Ignores scheme, default port, `www.`/`m.`/`mobile.`/`amp.`, tracking, index file, trailing
    slashes, the order of parameters and fragments that name no article (`#comments`); letters of
    any script are decoded and in NFC, everything reserved is encoded in upper case (RFC 3986,
    section 6.2.2). Idempotent.
    """
    plain = _PLAIN_CANONICAL.fullmatch(url)
    if plain and not _SITE_PREFIX.match(plain[1]) and not _SHORTENED.search(plain[2]):
        return f"https://{plain[1]}{plain[2]}{_fragment(plain[3] or '')}"
    parts = parse_web_url(_SURROGATES.sub("", url))
    site = _site(parts) if parts else ""
    if not parts or not site:
        return url
    path, query = _article_path(_one_form(parts.path)), _sorted(_one_form(parts.query))
    return f"https://{site}{path}{query}{_fragment(parts.fragment)}"


def _one_form(text: str) -> str:
    if "%" in text:
        text = _ASCII_ESCAPE.sub(_one_ascii, _ESCAPES.sub(_decoded, text))
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    return _BAD_ESCAPE.sub("%25", _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", text))


def _decoded(escapes: re.Match[str]) -> str:
    try:
        return bytes.fromhex(escapes[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        return escapes[0].upper()


def _one_ascii(escape: re.Match[str]) -> str:
    letter = chr(int(escape[1], 16))
    return letter if letter.isalnum() or letter in _KEPT_AS_THEY_ARE else escape[0].upper()


def _site(url: WebUrl) -> str:
    host = url.host.strip(".")
    while prefix := _SITE_PREFIX.match(host):
        host = host[prefix.end() :]
    return host if url.port in (None, 80, 443) else f"{host}:{url.port}"


def _article_path(path: str) -> str:
    while True:
        shorter = _INDEX.sub("", path.rstrip("/")).removesuffix("/amp")
        if shorter == path:
            return path
        path = shorter


def _sorted(query: str) -> str:
    pairs = [
        pair
        for pair in query.removeprefix("?").split("&")
        if pair and pair not in ("amp", "amp=1", "=") and not _TRACKING.match(pair.split("=")[0])
    ]
    return "?" + "&".join(sorted(pairs)) if pairs else ""


def _fragment(fragment: str) -> str:
    """`fragment` in one form; "" if it does not tell apart what is on the page."""
    if not fragment or _TRACKING_FRAGMENT.match(fragment):
        return ""
    fragment = fragment.partition(":~:")[0]
    return "" if _PLACE_FRAGMENT.fullmatch(fragment) else _one_form(fragment)


def url_key(url: str) -> int | None:
    """Signed 64-bit key of the canonical URL; None if it names no single article.

    A home page (no path or only a language, no parameters, no fragment) names none.
    """
    form = canonical_url(url)
    if "?" not in form and "#" not in form:
        path = form.removeprefix("https://").partition("/")
        if not path[1] or _HOME.fullmatch("/" + path[2]):
            return None
    return key64(form)


def page_key(url: str) -> int | None:
    """`url_key` of the page of `url`, without its fragment."""
    return url_key(url.partition("#")[0])


def feed_key(url: str) -> int | str:
    """The same key for all spellings of a feed's URL; the URL itself if it is only a host."""
    return page_key(url) or url.rstrip("/").lower()
