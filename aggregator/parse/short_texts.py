"""Titles, names and other short texts of a feed as plain text of limited length."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from aggregator.process.html.pictures import is_dead
from aggregator.text.plain import (
    collapse_whitespace,
    decode_references,
    has_references,
    strip_controls,
    strip_tags,
    truncate,
)
from aggregator.types import Enclosure
from aggregator.types.limits import (
    MAX_AUTHOR,
    MAX_CATEGORIES,
    MAX_CATEGORY,
    MAX_ENCLOSURES,
    MAX_GUID,
    MAX_TITLE,
)

_MAX_TITLE_MARKUP = 10_000
_MAX_TTL = timedelta(days=7)
_MAX_LENGTH = 2**53 - 1

_EMAIL = re.compile(r"(?<![^\s<(:])[^\s<>()@:]{1,64}@[^\s<>()@]{1,255}")
_EMPTY_BRACKETS = re.compile(r"[(<\[]\s*[)>\]]")
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*\s*")


def plain_title(text: str, kind: str = "") -> str:
    """A title as plain text of at most `MAX_TITLE` characters.

    `kind` is what the feed declares: "text" is taken literally; "html" is markup; "" is undeclared
    (RSS): tags are removed, and double escapes decoded once more.
    """
    text = text[:_MAX_TITLE_MARKUP]
    if kind != "text":
        text = strip_tags(text)
        if kind == "html" or has_references(text):
            text = decode_references(text)
    return truncate(collapse_whitespace(strip_controls(text)), MAX_TITLE)


def person_name(text: str) -> str:
    """The name in `text`, without the e-mail address beside it; the address if there is no name."""
    text = plain_title(text[:1_000])
    name = _EMPTY_BRACKETS.sub("", _EMAIL.sub("", text.replace("mailto:", ""))).strip()
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    return (collapse_whitespace(name.strip(" ,;:-")) or text)[:MAX_AUTHOR]


def unique(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """The first `most` distinct texts that are not empty, in order."""
    return tuple(dict.fromkeys(text for text in texts if text))[:most]


def category_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Categories as plain text, each once, cut to the limits of a stored entry."""
    names = (truncate(plain_title(text[:1_000]), MAX_CATEGORY) for text in texts)
    return unique(names, MAX_CATEGORIES)


def clean_guid(text: str) -> str | None:
    """`text` as a guid, None if it cannot identify an entry ("", "0")."""
    guid = strip_controls(text).strip()[:MAX_GUID]
    return None if guid in ("", "0") else guid


def language_code(text: str) -> str | None:
    """The language of a tag such as "ar-MA", in lower case; None for anything else."""
    match = _LANGUAGE.fullmatch(text[:40]) if text else None
    return match[1].lower() if match else None


def byte_length(text: str) -> int:
    """A length in bytes, 0 if missing or absurd."""
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 16:
        return 0
    length = int(digits)
    return length if length <= _MAX_LENGTH else 0


def distinct_enclosures(enclosures: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """The first `MAX_ENCLOSURES` enclosures, one per address, without dead Flash players."""
    by_url: dict[str, Enclosure] = {}
    for enclosure in enclosures:
        if not is_dead(enclosure.type, enclosure.url):
            by_url.setdefault(enclosure.url, enclosure)
    return tuple(by_url.values())[:MAX_ENCLOSURES]


def ttl_from_minutes(minutes: float) -> timedelta | None:
    """A time to live of at most 7 days; None unless positive."""
    if not minutes > 0:
        return None
    return min(timedelta(minutes=min(minutes, 1e6)), _MAX_TTL)
