"""Import and export of followed sources as OPML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.parse.opml import OpmlProblem, Outline, read_opml
from aggregator.parse.source_tables import source_tables
from aggregator.process.html.urls import feed_key
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
    """The unknown feeds as tables that the operator can add to the config."""
    problems: tuple[OpmlProblem, ...] = ()
    """What was left out of the file."""


def import_followed(session: Session, reader: User, data: bytes, now: datetime) -> OpmlImport:
    """Follow the sources whose feeds an OPML document lists. Raises ParseError.

    Feeds are recognised by URL, with or without `www.`, https or a trailing slash. Following one
    feed of a source means following the source.
    """
    document = read_opml(data)
    known = _known_feeds(session)
    found = {outline.url: known.get(feed_key(outline.url)) for outline in document.outlines}
    known_sources = {source_id for source_id in found.values() if source_id is not None}
    new = follow_all(session, reader, known_sources, now)
    refs = overview.source_refs(session)
    unknown = tuple(outline for outline in document.outlines if found[outline.url] is None)
    return OpmlImport(
        tuple(ref for id_, ref in refs.items() if id_ in new),
        tuple(ref for id_, ref in refs.items() if id_ in known_sources - new),
        unknown,
        "\n".join(source_tables(unknown, {ref.slug for ref in refs.values()})),
        document.problems,
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


def _known_feeds(session: Session) -> dict[int | str, int]:
    known: dict[int | str, int] = {}
    for source_id, url in subscriptions.list_feed_urls(session):
        known.setdefault(feed_key(url), source_id)
    return known
