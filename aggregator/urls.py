"""URLs read as browsers read them: the one URL parser, and the only import of ada_url.

ada implements the URL Standard (https://url.spec.whatwg.org/), so that a link on a page, the host
that the address guard checks and the host that is connected to are the same in every notation.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from ada_url import idna, join_url, normalize_url

from aggregator.types.limits import MAX_URL

# Most links need no parser: a browser would change nothing in them but percent-encode their
# letters and put a slash after a bare host. Dot segments and letters that are not printable are
# looked for separately.
_PLAIN = re.compile(
    r"(https?)://([a-z0-9][a-z0-9.-]*\.[a-z]{2,})"
    r"(/[A-Za-z0-9%._~!$'()*+,;=:@/\x80-\U0010ffff-]*)?"
    r"(\?[A-Za-z0-9%._~!$()*+,;=:@/?&\x80-\U0010ffff-]*)?"
    r"(#[A-Za-z0-9%._~!$'()*+,;=:@/?&\x80-\U0010ffff-]*)?"
)
_INVISIBLE = "".join(
    chr(code)
    for code in (
        *range(0x21), 0xA0, *range(0x200B, 0x2010), *range(0x2028, 0x2030), *range(0x2060, 0x206A),
        0xFEFF,
    )
)  # fmt: skip
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_ESCAPED_LETTER = re.compile(r"%(?=25|[89A-Fa-f][0-9A-Fa-f])")
_ESCAPED_LETTERS = re.compile(r"(?:%[89A-F][0-9A-F])+")
_USABLE = re.compile(r"https?://\.*[^./:@][^/@]*/")
_HOST = re.compile(r"(?<=://)[^:/?#]+")
# A scheme before another, or without its colon.
_BROKEN_SCHEME = re.compile(r"https?:/*(?=https?:/)|https?(?=//)", re.IGNORECASE)
# "&" that was escaped once too often.
_ESCAPED_AMPERSAND = re.compile(r"&(?:(?:amp|#0{0,4}38|#[xX]0{0,4}26);)+")
_WITHOUT_SCHEME = re.compile(r"(?:[\w-]{1,63}\.){1,10}[\w-]{2,63}(?=[:/?#]|$)")
_PARTS = re.compile(
    r"(https?)://(?:([^/?#@]*)@)?(\[[^\]]*\]|[^:/?#]*)(?::([0-9]+))?(/[^?#]*)(\?[^#]*)?(#.*)?",
    re.DOTALL,
)


class WebUrl(NamedTuple):
    """The parts of an http or https URL.

    `host` is a name in lower case and punycode, a dotted IPv4 address or an IPv6 address in
    brackets. `port` is None if it is the scheme's own. `query` and `fragment` include their mark.
    """

    scheme: str
    credentials: str | None
    host: str
    port: int | None
    path: str
    query: str
    fragment: str


def parse_href(url: str, base: str = "") -> str:
    """`url`, relative to `base` if there is one, as `location.href` of a browser; any scheme.

    Raises ValueError if browsers cannot read it.
    """
    return join_url(base, url) if base else normalize_url(url)


def split_href(href: str) -> WebUrl | None:
    """The parts of what `parse_href` returned, None for other schemes than http and https."""
    parts = _PARTS.fullmatch(href)
    if parts is None:
        return None
    scheme, credentials, host, port, path, query, fragment = parts.groups()
    number = int(port) if port else None
    return WebUrl(scheme, credentials, host, number, path, query or "", fragment or "")


def parse_web_url(url: str) -> WebUrl | None:
    """The parts of an absolute http(s) URL, None for everything else.

    Letters of path, query and fragment may stand there as written, not percent-encoded.
    """
    if plain := _plain(url):
        scheme, host, path, query, fragment = plain.groups()
        return WebUrl(scheme, None, host, None, path or "/", query or "", fragment or "")
    try:
        return split_href(parse_href(url))
    except ValueError:
        return None


def resolve_url(url: str | None, base: str) -> str | None:
    """`url` as an absolute http(s) URL, read relative to `base` as a browser would.

    None for other schemes, with credentials, without a usable host or above `MAX_URL` characters.
    Letters that are written as such (Arabic paths and host names) stay readable, what is
    percent-encoded stays percent-encoded; white space and invisible characters at the ends go.
    """
    if not url or len(url) > 3 * MAX_URL:
        return None
    if _plain(url):
        return url if len(url) <= MAX_URL else None
    url = url.strip(_INVISIBLE)
    if not url:
        return None
    try:
        if url.isascii() and base.isascii():
            href = _absolute(url, base)
        else:
            href = _absolute_readable(_SURROGATES.sub("", url), base)
    except ValueError:
        return None
    return href if href and len(href) <= MAX_URL else None


def published_url(url: str | None, base: str) -> str | None:
    """As `resolve_url`, mending what publishers get wrong.

    `&amp;` in a decoded address stands for "&"; `www.…`, and the host of `base`, without a scheme
    are hosts, not files; `https//…` and `http://https://…` have one scheme.
    """
    if url and "&" in url:
        url = _ESCAPED_AMPERSAND.sub("&", url)
    if url and ("http" in url[5:16] or "p//" in url[:9] or "s//" in url[:9]):
        url = _mend_scheme(url.strip(_INVISIBLE))
    if url and url[0] != "/" and ":" not in url[:6]:
        url = _with_scheme(url.strip(_INVISIBLE), base)
    return resolve_url(url, base)


def _mend_scheme(url: str) -> str:
    found = _BROKEN_SCHEME.match(url)
    if found is None:
        return url
    return url[found.end() :] if url[found.end()] != "/" else f"{found[0]}:{url[found.end() :]}"


def _with_scheme(url: str, base: str) -> str:
    host = _WITHOUT_SCHEME.match(url)
    if host is None:
        return url
    name = host[0].lower()
    if name.startswith("www.") and name.count(".") > 1:
        return f"https://{url}"
    parts = parse_web_url(base) if name.count(".") and url[host.end() :][:1] == "/" else None
    same = parts is not None and parts.host.removeprefix("www.") == name
    return f"https://{url}" if same else url


def _plain(url: str) -> re.Match[str] | None:
    match = _PLAIN.fullmatch(url)
    if match and "/." not in url and "/%2" not in url and (url.isascii() or url.isprintable()):
        return match
    return None


def _absolute(url: str, base: str) -> str | None:
    try:
        href = parse_href(url, base)
    except ValueError:
        href = parse_href(url)
    return href if _USABLE.match(href) else None


def _absolute_readable(url: str, base: str) -> str | None:
    """As `_absolute`, with the letters that the parser percent-encodes as they were written.

    Escapes that were there before have their "%" escaped, so as not to be decoded with them.
    """
    href = _absolute(_ESCAPED_LETTER.sub("%25", url), _ESCAPED_LETTER.sub("%25", base))
    if href is None:
        return None
    if "xn--" in href and "xn--" not in f"{url} {base}".lower():
        href = _HOST.sub(_decode_host, href, count=1)
    return _ESCAPED_LETTERS.sub(_decode_printable, href).replace("%25", "%")


def _decode_host(match: re.Match[str]) -> str:
    """A host in Unicode, if that is printable and stands for the same host."""
    decoded = idna.decode(match[0])
    same = decoded.isprintable() and idna.encode(decoded).decode() == match[0]
    return decoded if same else match[0]


def _decode_printable(escapes: re.Match[str]) -> str:
    text = bytes.fromhex(escapes[0].replace("%", "")).decode()
    return text if text.isprintable() else "".join(c if c.isprintable() else quote(c) for c in text)
