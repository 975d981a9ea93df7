"""Addresses: made absolute, freed of tracking, brought to one form for comparison."""

import re
import unicodedata
from urllib.parse import quote, urljoin

from aggregator.keys import key64

MAX_URL_LENGTH = 2000
"""Longer addresses are refused; in characters, as resolved."""

_ORDINARY = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?:/[A-Za-z0-9._~!$'()*+,;=:@/-]*)?", re.ASCII)
_INVISIBLE_ENDS = "".join(map(chr, (*range(0x21), 0xA0, 0xFEFF, *range(0x200B, 0x2010)))) + "".join(
    map(chr, (*range(0x2028, 0x2030), *range(0x2060, 0x206A)))
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_ABSOLUTE = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"(?:[^\s\x00-\x20<>\"'`{}|\\^%@:/?#\[\]]{1,253}|\[[0-9a-f:.]{2,45}\])")
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

_SITE_PREFIX = re.compile(r"(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
_INDEX = re.compile(r"/(?:index\.(?:php\d?|html?|aspx?|jsp)|default\.aspx?)$", re.IGNORECASE)
_SHORTENED = re.compile(r"/(?:amp|index\.[a-z0-9]+|default\.[a-z]+)$", re.IGNORECASE)
"""Ends of paths that `_article_path` may take off."""
_HOME = re.compile(r"(?:/(?:[a-z]{2}(?:-[a-z]{2})?|home|accueil))?/*", re.IGNORECASE)
_ESCAPES = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_ASCII_ESCAPE = re.compile(r"%([0-7][0-9A-Fa-f])")
_KEPT_AS_THEY_ARE = "-._~!'()*,:@$"
_PLAIN_CANONICAL = re.compile(
    r"https?://(?:www\.)?([a-z0-9][a-z0-9-]*\.[a-z0-9-]+(?:\.[a-z0-9-]+)*)((?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+)/?"
    r"(?:#[A-Za-z0-9_-]*)?",
    re.ASCII,
)


def resolve_url(url: str | None, base: str) -> str | None:
    """`url` as an absolute http(s) address, read against `base` as a browser would.

    None for every other scheme, for addresses with a user name, without a usable host or longer
    than `MAX_URL_LENGTH`. Arabic paths and host names stay readable. Follows the parsing rules of
    the WHATWG URL standard where publishers depend on them (white space, backslashes, `//host`).
    """
    if not url:
        return None
    if _ORDINARY.fullmatch(url) and "/." not in url:
        return url if len(url) <= MAX_URL_LENGTH else None
    url = _CONTROLS.sub("", url.strip(_INVISIBLE_ENDS))
    if not url or len(url) > 3 * MAX_URL_LENGTH:
        return None
    absolute = _with_base(_slashes(url), base)
    return _checked(absolute) if absolute else None


def _slashes(url: str) -> str:
    """Backslashes count as slashes up to the query, as they do in browsers."""
    if "\\" not in url:
        return url
    head, separator, tail = _partition(url)
    return head.replace("\\", "/") + separator + tail


def _partition(url: str) -> tuple[str, str, str]:
    cut = min((at for at in (url.find("?"), url.find("#")) if at >= 0), default=len(url))
    return url[:cut], url[cut : cut + 1], url[cut + 1 :]


def _with_base(url: str, base: str) -> str | None:
    scheme = _SCHEME.match(url)
    base_match = _ABSOLUTE.fullmatch(base)
    if scheme:
        name = scheme[1].lower()
        if name not in ("http", "https"):
            return None
        rest = url[scheme.end() :]
        if rest.startswith("/") or not base_match or base_match[1].lower() != name:
            return f"{name}://{rest.lstrip('/')}"
        url = rest
    if not base_match:
        return None
    if url.startswith("//"):
        return f"{base_match[1]}://{url.lstrip('/')}"
    try:
        return urljoin(base, url)
    except ValueError:
        return None


def _checked(url: str) -> str | None:
    parts = _ABSOLUTE.fullmatch(url)
    if not parts:
        return None
    scheme, authority, path, query, fragment = parts.groups(default="")
    host = _host(authority)
    if host is None:
        return None
    path = _without_dots(path) if "/." in path else path
    url = f"{scheme.lower()}://{host}{_escaped(path + query + fragment)}"
    return url if len(url) <= MAX_URL_LENGTH else None


def _host(authority: str) -> str | None:
    """Host and port in lower case; None where they cannot be used or name a user."""
    host, colon, port = authority.lower().rpartition(":")
    if not colon or "]" in port:
        host, port = authority.lower(), ""
    if not _HOST.fullmatch(host) or not host.strip("."):
        return None
    if not port:
        return host
    if not (port.isascii() and port.isdigit() and int(port[:8]) <= 65535):
        return None
    return f"{host}:{port}"


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _escaped(rest: str) -> str:
    """What must not stand in an address, percent-encoded; readable letters stay."""
    rest = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", rest)
    rest = _BAD_ESCAPE.sub("%25", rest)
    if rest.isprintable():
        return rest
    return "".join(letter if letter.isprintable() else quote(letter) for letter in rest)


def strip_tracking(url: str) -> str:
    """`url` without parameters that only say where the reader came from.

    The other parameters keep their order. Of fragments only text fragments (`#:~:text=`) and
    campaign fragments go.
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
    """The form in which two addresses of one article are equal; not meant to be opened.

    Scheme, default port, `www.`/`m.`/`mobile.`/`amp.`, fragment, tracking, index file, trailing
    slashes and the order of parameters no longer tell; letters of any script stand decoded and in
    NFC, everything reserved encoded in upper case (RFC 3986, section 6.2.2). Idempotent.
    """
    plain = _PLAIN_CANONICAL.fullmatch(url)
    if plain and not _SITE_PREFIX.match(plain[1]) and not _SHORTENED.search(plain[2]):
        return f"https://{plain[1]}{plain[2]}"
    parts = _ABSOLUTE.fullmatch(_CONTROLS.sub("", url).strip(" "))
    if not parts:
        return url
    _, authority, path, query, _ = parts.groups(default="")
    path = _one_form(path)
    path = _without_dots(path) if "/." in path else path
    return f"https://{_site(authority)}{_article_path(path)}{_sorted(_one_form(query))}"


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


def _site(authority: str) -> str:
    authority = "".join(authority.lower().split()).rpartition("@")[2]
    host, _, port = authority.partition(":")
    if authority.startswith("["):
        host, port = authority, ""
    host = host.strip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            host = unicodedata.normalize("NFC", host)
    while prefix := _SITE_PREFIX.match(host):
        host = host[prefix.end() :]
    return host if port in ("", "80", "443") else f"{host}:{port}"


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


def url_key(url: str) -> int | None:
    """Signed 64-bit key of the canonical address; None where it names no single article.

    A home page (no path or only a language, no parameters) names none.
    """
    form = canonical_url(url)
    path = form.removeprefix("https://").partition("/")
    if not path[1] and "?" not in form:
        return None
    if _HOME.fullmatch("/" + path[2]) and "?" not in form:
        return None
    return key64(form)
