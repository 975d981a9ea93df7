"""What a publisher wrote: decoded, not yet trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that comes with an entry; `length` in bytes, 0 if unknown."""

    url: str
    type: str = ""
    length: int = 0
    alt: str = ""
    """What a picture shows, in the publisher's words."""


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """A problem with a document that could be read nevertheless."""

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """An entry as published. Text is decoded; HTML is NOT yet safe."""

    guid: str | None
    url: str | None
    title: str
    """Plain text: markup removed, character references decoded once, white space folded."""
    authors: tuple[str, ...] = ()
    summary_html: str = ""
    content_html: str = ""
    """Empty where the publisher gives only a summary."""
    plain_text: bool = False
    """True where the body was declared or found to be plain text, not HTML."""
    media_text: str = ""
    """What the publisher says elsewhere, mostly about media: the text where there is no other."""
    base_url: str = ""
    """What relative links are relative to: xml:base, else the entry's page, the site, the feed."""
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image_url: str | None = None
    image_width: int | None = None
    """In pixels, None if unknown."""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A whole document. `format` is rss, atom or json, with its version ("rss 2.0")."""

    format: str
    title: str
    site_url: str | None
    language: str | None
    entries: tuple[ParsedEntry, ...]
    problems: tuple[FeedProblem, ...] = ()
    ttl: timedelta | None = None
    """From <ttl> or sy:updatePeriod."""
    hub_url: str | None = None
    self_url: str | None = None
