"""The URL of a feed as people and other programs write it, as one that can be polled."""

from __future__ import annotations

import re

from aggregator.text.plain import strip_controls
from aggregator.types.limits import MAX_FEED_URL
from aggregator.urls import parse_href, parse_web_url

# Schemes that programs register for feeds; what follows is a web address or its host.
_FEED_SCHEME = re.compile(r"(?:(?:feeds?|rss|atom|pcast|itpc|podcast):)+(?://)?", re.IGNORECASE)
_LOST_COLON = re.compile(r"(https?)/{2,}", re.IGNORECASE)
_WEB_SCHEME = re.compile(r"https?:", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?=:[0-9]{1,5}(?:[/?#]|$)|[/?#]|$)")
# A name that ends in one of these and nothing else is a file, not a host.
_FILE_NAME = re.compile(r"[\w.-]+\.(?:atom|html?|json|opml|php|rdf|rss|txt|xml)$", re.IGNORECASE)
_BARE_CREDENTIALS = re.compile(
    r"(?!(?:acct|data|javascript|mailto|sip|xmpp):)[^/?#\s]*@(?=[^/?#\s]+/)", re.IGNORECASE
)
_SPACE = re.compile(r"\s")
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")


def mend_feed_url(written: str) -> tuple[str, str]:
    """(URL, problem) of an address as written; the URL is "" if it cannot be polled.

    Replaces `feed:` and its kin by https, adds a missing scheme, encodes spaces and leaves out a
    name and password. Problems are "no_address", "scheme", "address" and, with a URL that can
    still be polled, "credentials"; "" if nothing is wrong.
    """
    text = _SPACE.sub("%20", strip_controls(written).strip())
    if not text:
        return "", "no_address"
    text = _with_scheme(text)
    if not text:
        return "", "scheme" if _OTHER_SCHEME.match(written.strip()) else "address"
    parts = parse_web_url(text)
    if parts is None or not parts.host or parts.port == 0 or len(text) > MAX_FEED_URL:
        return "", "address"
    if parts.credentials is not None:
        return strip_credentials(parse_href(text)), "credentials"
    return text if "://" in text else parse_href(text), ""


def strip_credentials(text: str) -> str:
    """`text` without the names and passwords of the web addresses in it."""
    return _CREDENTIALS.sub("", text) if "@" in text else text


def _with_scheme(text: str) -> str:
    """`text` as an absolute web address; "" if it is none and cannot be made one."""
    if prefix := _FEED_SCHEME.match(text):
        text = text[prefix.end() :]
    if lost := _LOST_COLON.match(text):
        text = f"{lost[1]}://{text[lost.end() :]}"
    if _WEB_SCHEME.match(text):
        return text
    bare = text.removeprefix("//")
    credentials = _BARE_CREDENTIALS.match(bare)
    host = _HOST.match(bare, credentials.end() if credentials else 0)
    if text != bare or (host and not _FILE_NAME.match(bare)):
        return f"https://{bare}"
    return ""
