"""What a reader follows as OPML, and following what an OPML file of another reader lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.parse.opml import Outline, read_opml
from aggregator.process.html.urls import url_key
from aggregator.services.operate.opml_import import config_tables
from aggregator.services.reading.following import follow_all
from aggregator.storage.feeds import overview
from aggregator.storage.listing import filters
from aggregator.storage.readers import subscriptions
from aggregator.types import SourceRef, User


@dataclass(frozen=True, slots=True)
class OpmlImport:
    """What became of the feeds of a file: each is in one of the three."""

    followed: tuple[SourceRef, ...]
    already: tuple[SourceRef, ...]
    """Followed before."""
    unknown: tuple[Outline, ...]
    """Of sources that this installation does not poll."""
    tables: str
    """The unknown as the operator can append them to the config, save what is no web address."""


def import_followed(session: Session, reader: User, data: bytes, now: datetime) -> OpmlImport:
    """Follow the sources whose feeds an OPML document lists. Raises ParseError.

    A feed is known by its address, with or without `www.`, https or a slash at the end; who follows
    one feed of a source follows the source.
    """
    outlines = read_opml(data)
    known = _known_feeds(session)
    found = {outline.url: known.get(_key(outline.url)) for outline in outlines}
    wanted = {source_id for source_id in found.values() if source_id is not None}
    new = follow_all(session, reader, wanted, now)
    refs = overview.source_refs(session)
    unknown = tuple(outline for outline in outlines if found[outline.url] is None)
    addable = [each for each in unknown if each.url.startswith(("http://", "https://"))]
    return OpmlImport(
        tuple(ref for id_, ref in refs.items() if id_ in new),
        tuple(ref for id_, ref in refs.items() if id_ in wanted - new),
        unknown,
        "\n".join(config_tables(addable, {ref.slug for ref in refs.values()})),
    )


def export_followed(
    session: Session,
    reader: User,
    name: Callable[[SourceRef], str],
    group: Callable[[SourceRef], str],
) -> list[Outline]:
    """The feeds of what a reader follows; `name` and `group` give the words of their language."""
    followed = filters.followed_sources(session, reader.id)
    feeds = subscriptions.feed_urls_by_source(session, followed)
    sites = overview.source_sites(session, followed)
    return [
        Outline(name(ref), url, sites[id_], group(ref), ref.language)
        for id_, ref in overview.source_refs(session, followed).items()
        for url in feeds.get(id_, ())
    ]


def own_name(source: SourceRef) -> str:
    """The name of a source in its own language, as far as we have names in it."""
    return source.name.get(source.language)


def _known_feeds(session: Session) -> dict[object, int]:
    known: dict[object, int] = {}
    for source_id, url in subscriptions.list_feed_urls(session):
        known.setdefault(_key(url), source_id)
    return known


def _key(url: str) -> object:
    """What addresses of one feed have in common; the address itself where it is just a host."""
    return url_key(url) or url.rstrip("/").lower()
