"""Which sources a list shows: by its filter, and by what its reader follows and mutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from sqlalchemy import CompoundSelect, Select, bindparam, null, select, union_all
from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.storage.feeds.owners import load_owners
from aggregator.storage.models import (
    Feed,
    FolderRow,
    MutedSource,
    MutedWord,
    Source,
    SourceSubscription,
)
from aggregator.storage.models.base import table
from aggregator.storage.sql.snapshot import once
from aggregator.text.folding import word_matcher
from aggregator.types import EntryFilter, EntrySummary

# The parameters of a statement that narrows sources; None where it does not.
Narrowing = dict[str, str | int | tuple[str, ...] | None]

_SOURCES = table(Source).c
_FEEDS = table(Feed).c
_FOLLOWED = table(SourceSubscription).c
_FOLLOWED_SOURCES = (
    select(_SOURCES.id, _SOURCES.slug)
    .join_from(table(Source), table(SourceSubscription), _FOLLOWED.source_id == _SOURCES.id)
    .where(_FOLLOWED.user_id == bindparam("reader"))
    .order_by(_SOURCES.position, _SOURCES.id)
)
_MUTED: CompoundSelect[int | None, str | None] = union_all(
    select(MutedSource.source_id, null().label("word")).where(
        MutedSource.user_id == bindparam("reader")
    ),
    select(null(), MutedWord.word).where(MutedWord.user_id == bindparam("reader")),
)


class HasFeed(Protocol):
    """The part of an entry that decides whether it is in a scope."""

    @property
    def source_id(self) -> int: ...

    @property
    def feed_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class SourceScope:
    """The sources, or the one feed, that a list is narrowed to."""

    source_ids: frozenset[int]
    feed_id: int | None = None
    without: frozenset[int] | None = None
    """The muted sources, if nothing else narrows the list; `source_ids` are all others."""

    def __contains__(self, entry: HasFeed) -> bool:
        if self.feed_id:
            return entry.feed_id == self.feed_id
        return entry.source_id in self.source_ids


@dataclass(frozen=True, slots=True)
class MuteFilter:
    """What a reader does not want to see in a list."""

    source_ids: frozenset[int] = frozenset()
    hides_title: Callable[[str], bool] | None = None
    """Whether a title has a muted word; None if the reader mutes no words."""

    def hides(self, entry: EntrySummary) -> bool:
        """Whether an entry is muted by its source or its title."""
        if entry.source.id in self.source_ids:
            return True
        return self.hides_title is not None and self.hides_title(entry.title)


NO_MUTES = MuteFilter()


def applies_mutes(chosen: EntryFilter) -> bool:
    """Whether mutes apply: not to a source, tag or star that the reader asks for by name."""
    return not (chosen.source or chosen.feed_id or chosen.tag or chosen.starred)


def load_mute_filter(session: Session, chosen: EntryFilter, reader: int | None) -> MuteFilter:
    """What the reader muted, as far as it applies to the list."""
    if reader is None or not applies_mutes(chosen):
        return NO_MUTES
    return once(session, ("mutes", reader), lambda: _read_mutes(session, reader))


def _read_mutes(session: Session, reader: int) -> MuteFilter:
    muted = session.execute(_MUTED, {"reader": reader}).all()
    if not muted:
        return NO_MUTES
    return MuteFilter(
        frozenset(source_id for source_id, _ in muted if source_id is not None),
        word_matcher(word for _, word in muted if word is not None),
    )


def resolve_scope(
    session: Session, chosen: EntryFilter, reader: int | None, mutes: MuteFilter = NO_MUTES
) -> SourceScope | None:
    """The sources that a list is narrowed to; None if it shows all of them.

    Raises NotFound for an unknown source, owner, feed or folder, InvalidInput for `following`
    without a reader.
    """
    if chosen.following and reader is None:
        raise InvalidInput("error.sign_in_needed", "sign in to list followed sources")
    narrowed = bool(
        chosen.source or chosen.owner or chosen.country or chosen.feed_id or chosen.following
    )
    if not (narrowed or mutes.source_ids):
        return None
    parameters: Narrowing = {
        "slug": chosen.source,
        "country": chosen.country,
        "feed": chosen.feed_id,
        "reader": reader if chosen.following else None,
        "folder": chosen.folder if chosen.following else None,
        "owners": _holdings(session, chosen.owner) if chosen.owner else None,
    }
    ids = _source_ids(session, parameters)
    if not ids:
        _require_existing(session, chosen, reader)
    without = None if narrowed else mutes.source_ids
    return SourceScope(ids - mutes.source_ids, chosen.feed_id, without)


def visible_source_ids(session: Session, chosen: EntryFilter, reader: int | None) -> frozenset[int]:
    """All sources whose entries the list may show."""
    scope = resolve_scope(session, chosen, reader, load_mute_filter(session, chosen, reader))
    return all_source_ids(session) if scope is None else scope.source_ids


def followed_sources(session: Session, reader: int) -> dict[int, str]:
    """Slugs by id of the sources that a reader follows, in display order."""

    def read() -> dict[int, str]:
        return dict(session.execute(_FOLLOWED_SOURCES, {"reader": reader}).all())

    return once(session, ("followed", reader), read)


def all_source_ids(session: Session) -> frozenset[int]:
    """The ids of every source."""
    names = "slug", "country", "feed", "reader", "folder", "owners"
    return _source_ids(session, dict.fromkeys(names))


def _source_ids(session: Session, parameters: Narrowing) -> frozenset[int]:
    """The ids of sources, narrowed by the parameters that are set."""

    def read() -> frozenset[int]:
        sources = _sources(*(value is not None for value in parameters.values()))
        return frozenset(session.execute(sources, parameters).scalars())

    return once(session, ("sources", *parameters.values()), read)


@cache
def _sources(
    slug: bool, country: bool, feed: bool, following: bool, folder: bool, owners: bool
) -> Select[int]:
    """The ids of sources, narrowed by the conditions that are set."""
    sources = select(_SOURCES.id)
    if slug:
        sources = sources.where(_SOURCES.slug == bindparam("slug"))
    if country:
        sources = sources.where(_SOURCES.country == bindparam("country"))
    if feed:
        of_feed = select(_FEEDS.source_id).where(_FEEDS.id == bindparam("feed"))
        sources = sources.where(_SOURCES.id.in_(of_feed))
    if following:
        followed = select(_FOLLOWED.source_id).where(_FOLLOWED.user_id == bindparam("reader"))
        if folder:
            followed = followed.where(_FOLLOWED.folder_id == bindparam("folder"))
        sources = sources.where(_SOURCES.id.in_(followed))
    if owners:
        sources = sources.where(_SOURCES.owner.in_(bindparam("owners", expanding=True)))
    return sources


def _holdings(session: Session, slug: str) -> tuple[str, ...]:
    """An owner and what belongs to it, by slug. Raises NotFound."""
    tree = load_owners(session)
    if slug not in tree.owners:
        raise NotFound("owner", slug)
    return tuple(sorted(tree.holdings([slug])))


def _require_existing(session: Session, chosen: EntryFilter, reader: int | None) -> None:
    """Raise NotFound if the filter names a source, a feed or the reader's folder in vain."""
    source = select(Source.id).where(Source.slug == chosen.source)
    if chosen.source and session.execute(source).first() is None:
        raise NotFound("source", chosen.source)
    if chosen.feed_id and session.get(Feed, chosen.feed_id) is None:
        raise NotFound("feed", chosen.feed_id)
    folder = select(FolderRow.id).where(FolderRow.user_id == reader, FolderRow.id == chosen.folder)
    if chosen.folder and session.execute(folder).first() is None:
        raise NotFound("folder", chosen.folder)
