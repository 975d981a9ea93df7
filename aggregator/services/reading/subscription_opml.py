"""Import and export of followed sources as OPML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.parse.opml import OpmlProblem, Outline, read_opml
from aggregator.parse.source_tables import source_tables
from aggregator.process.html.urls import feed_key
from aggregator.services.reading import folders
from aggregator.services.reading.following import follow_all
from aggregator.storage.feeds import overview
from aggregator.storage.listing import filters
from aggregator.storage.readers import subscriptions
from aggregator.types import Folder, SourceRef, User


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
    folders: tuple[Folder, ...] = ()
    """The folders that sources were put into."""


def import_followed(session: Session, reader: User, data: bytes, now: datetime) -> OpmlImport:
    """Follow the sources whose feeds an OPML document lists. Raises ParseError.

    Feeds are recognised by URL, with or without `www.`, https or a trailing slash. Following one
    feed of a source means following the source. Sources in no folder are put into that of their
    first feed: the innermost group around it in the file.
    """
    document = read_opml(data)
    known = _known_feeds(session)
    found = {outline.url: known.get(feed_key(outline.url)) for outline in document.outlines}
    known_sources = {source_id for source_id in found.values() if source_id is not None}
    new = follow_all(session, reader, known_sources, now)
    names: dict[int, str] = {}
    for outline in document.outlines:
        source_id = found[outline.url]
        if source_id is not None and outline.group and outline.is_sorted:
            names.setdefault(source_id, outline.group)
    refs = overview.source_refs(session)
    unknown = tuple(outline for outline in document.outlines if found[outline.url] is None)
    return OpmlImport(
        tuple(ref for id_, ref in refs.items() if id_ in new),
        tuple(ref for id_, ref in refs.items() if id_ in known_sources - new),
        unknown,
        "\n".join(source_tables(unknown, {ref.slug for ref in refs.values()})),
        document.problems,
        folders.sort_unsorted(session, reader, names, now),
    )


def export_followed(
    session: Session,
    reader: User,
    name: Callable[[SourceRef], str],
    group: Callable[[SourceRef], str],
) -> list[Outline]:
    """The feeds of followed sources, those in folders first, in the order of these.

    `name` gives the title of a source, `group` the group of one that is in no folder.
    """
    followed = filters.followed_sources(session, reader.id)
    feeds = subscriptions.feed_urls_by_source(session, followed)
    sites = overview.source_sites(session, followed)
    refs = overview.source_refs(session, followed)
    by_id = {folder.id: folder for folder in folders.list_folders(session, reader)}
    folder_of = {
        source: by_id[folder]
        for source, folder in folders.folder_of_sources(session, reader).items()
    }
    order = list(by_id)
    sorted_first = sorted(
        refs, key=lambda id_: order.index(folder_of[id_].id) if id_ in folder_of else len(order)
    )
    return [
        Outline(
            name(refs[id_]),
            url,
            sites[id_],
            folder_of[id_].name if id_ in folder_of else group(refs[id_]),
            refs[id_].language,
            id_ in folder_of,
        )
        for id_ in sorted_first
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
