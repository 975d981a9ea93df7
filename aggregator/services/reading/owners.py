"""Who owns the sources, as far as it is configured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.owners import OwnerTree
from aggregator.storage.feeds import overview
from aggregator.storage.feeds.owners import load_owners, owners_of
from aggregator.types import Owner, OwnerCounts, SourceRef
from aggregator.types.owners import OWNER_KINDS, OwnerKind


@dataclass(frozen=True, slots=True)
class Holding:
    """An owner and the sources that belong to it directly."""

    owner: Owner
    sources: tuple[SourceRef, ...]


@dataclass(frozen=True, slots=True)
class OwnerView:
    """What the page of an owner shows beside its latest stories."""

    owner: Owner
    parents: tuple[Owner, ...]
    holdings: tuple[Holding, ...]
    """Its own sources first, then those of each owner below it; only those with sources."""

    @property
    def source_count(self) -> int:
        """The number of sources that belong to it, directly or not."""
        return len({source.id for each in self.holdings for source in each.sources})


@dataclass(frozen=True, slots=True)
class OwnerList:
    """All owners by kind, and how many sources have none."""

    kinds: Mapping[OwnerKind, tuple[OwnerView, ...]]
    """In each kind the owners with most sources first; only kinds with owners."""
    unknown: int
    """Sources whose owner is not configured."""


@dataclass(frozen=True, slots=True)
class SourceOwners:
    """The owners of some sources, and how many there are."""

    by_source: Mapping[int, Owner]
    """The direct owner of each source, by its id; without those that have none."""
    counts: OwnerCounts


def list_owners(session: Session) -> OwnerList:
    """All owners by kind."""
    tree, sources = load_owners(session), overview.configured_sources(session)
    views = [_view(owner, tree, sources) for owner in tree.owners.values()]
    views.sort(key=lambda view: -view.source_count)
    kinds = {kind: tuple(v for v in views if v.owner.kind == kind) for kind in OWNER_KINDS}
    return OwnerList(
        {kind: found for kind, found in kinds.items() if found},
        sum(source.owner not in tree.owners for source in sources),
    )


def find_owner(session: Session, slug: str) -> OwnerView:
    """One owner, its parents and what it owns. Raises NotFound."""
    tree = load_owners(session)
    owner = tree.owners.get(slug)
    if owner is None:
        raise NotFound("owner", slug)
    return _view(owner, tree, overview.configured_sources(session))


def owners_behind(session: Session, sources: Iterable[SourceRef]) -> SourceOwners:
    """Who owns these sources; reads nothing if none of them has an owner."""
    sources = tuple(sources)
    tree = owners_of(session, (source.owner for source in sources))
    by_source = {
        source.id: owner
        for source in sources
        if (owner := tree.owners.get(source.owner or "")) is not None
    }
    return SourceOwners(by_source, tree.count(source.owner for source in sources))


def lineage_of(session: Session, source: SourceRef) -> tuple[Owner, ...]:
    """The owner of a source and all above it, the nearest first; empty if it is not configured."""
    return owners_of(session, [source.owner]).lineage(source.owner)


def _view(owner: Owner, tree: OwnerTree, sources: Iterable[SourceRef]) -> OwnerView:
    below = tree.holdings([owner.slug])
    names = (owner.slug, *(slug for slug in tree.owners if slug in below - {owner.slug}))
    holdings = (
        Holding(tree.owners[name], tuple(each for each in sources if each.owner == name))
        for name in names
    )
    return OwnerView(
        owner,
        tuple(tree.owners[parent] for parent in owner.parents if parent in tree.owners),
        tuple(holding for holding in holdings if holding.sources),
    )
