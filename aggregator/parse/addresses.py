"""Addresses in a document, made absolute; those that no reader should follow dropped."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+"
)
_SPACE = re.compile(r"\s")
_LONGEST = 4_000


def absolute_url(address: str | None, base_url: str) -> str | None:
    """`address` relative to `base_url` as an absolute http or https URL; None if it is no such.

    White space and invisible characters around it go, line breaks inside too, other spaces
    become %20; letters beyond ASCII stay as they are.
    """
    if not address or len(address) > 4 * _LONGEST:
        return None
    address = _trimmed(address)
    if not address or len(address) > _LONGEST:
        return None
    try:
        if not address.lower().startswith(("http://", "https://")):
            address = urljoin(base_url, address)
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "\\" in parts.netloc:
        return None
    return address


def _trimmed(address: str) -> str:
    if address.isascii() and address.isprintable() and " " not in address:
        return address
    return _SPACE.sub("%20", _INVISIBLE.sub("", address).strip())
