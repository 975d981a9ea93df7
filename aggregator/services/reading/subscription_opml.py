"""Import and export of followed sources as OPML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.parse.opml import Outline, read_opml
from aggregator.parse.source_tables import source_tables
from aggregator.process.html.urls import url_key
from aggregator.services.reading.following import follow_all
from aggregator.storage.feeds import overview
from aggregator.storage.listing import filters
from aggregator.storage.readers import subscriptions
from aggregator.types import SourceRef, User


@dataclass(frozen=True, slots=True)
class OpmlImport:
    """The feeds of an imported file, each in one of three groups."""

    followed: tuple[SourceRef, ...]
    already: tuple[SourceRef, ...]
    """Followed before."""
    unknown: tuple[Outline, ...]
    """Feeds of sources that this installation does not poll."""
    tables: str
    """The unknown feeds with web addresses, as tables that the operator can add to the config."""


def import_followed(session: Session, reader: User, data: bytes, now: datetime) -> OpmlImport:
    """Follow the sources whose feeds an OPML document lists. Raises ParseError.

    Feeds are recognised by URL, with or without `www.`, https or a trailing slash. Following one
    feed of a source means following the source.
    """
    outlines = read_opml(data)
    known = _known_feeds(session)
    found = {outline.url: known.get(_key(outline.url)) for outline in outlines}
    known_sources = {source_id for source_id in found.values() if source_id is not None}
    new = follow_all(session, reader, known_sources, now)
    refs = overview.source_refs(session)
    unknown = tuple(outline for outline in outlines if found[outline.url] is None)
    addable = [each for each in unknown if each.url.startswith(("http://", "https://"))]
    return OpmlImport(
        tuple(ref for id_, ref in refs.items() if id_ in new),
        tuple(ref for id_, ref in refs.items() if id_ in known_sources - new),
        unknown,
        "\n".join(source_tables(addable, {ref.slug for ref in refs.values()})),
    )


def export_followed(
    session: Session,
    reader: User,
    name: Callable[[SourceRef], str],
    group: Callable[[SourceRef], str],
) -> list[Outline]:
    """The feeds of followed sources; `name` and `group` translate the title and the folder."""
    followed = filters.followed_sources(session, reader.id)
    feeds = subscriptions.feed_urls_by_source(session, followed)
    sites = overview.source_sites(session, followed)
    return [
        Outline(name(ref), url, sites[id_], group(ref), ref.language)
        for id_, ref in overview.source_refs(session, followed).items()
        for url in feeds.get(id_, ())
    ]


def own_name(source: SourceRef) -> str:
    """The name of a source in its own language, if it has one."""
    return source.name.get(source.language)


def _known_feeds(session: Session) -> dict[object, int]:
    known: dict[object, int] = {}
    for source_id, url in subscriptions.list_feed_urls(session):
        known.setdefault(_key(url), source_id)
    return known


def _key(url: str) -> object:
    """The same key for all spellings of a feed's URL; the URL itself if it is only a host."""
    return url_key(url) or url.rstrip("/").lower()
