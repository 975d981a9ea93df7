"""Who owns whom: owners and their parents. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from aggregator.types.owners import Owner, OwnerCounts


class OwnerTree:
    """All owners by slug, in configured order, with the ways up and down between them."""

    def __init__(self, owners: Iterable[Owner]) -> None:
        self.owners = {owner.slug: owner for owner in owners}

    def lineage(self, slug: str | None) -> tuple[Owner, ...]:
        """An owner, its parents, their parents and so on, the nearest first; each once.

        Empty for a slug that no owner has.
        """
        found: dict[str, Owner] = {}
        waiting = [slug]
        for name in waiting:  # grows while it is read
            owner = self.owners.get(name or "")
            if owner is not None and owner.slug not in found:
                found[owner.slug] = owner
                waiting += owner.parents
        return tuple(found.values())

    def names(self, slug: str | None) -> Iterator[str]:
        """Yield the slugs and names of an owner and of all above it."""
        for owner in self.lineage(slug):
            yield from (owner.slug, owner.name.ar, owner.name.fr, owner.name.en)

    def top(self, slug: str | None) -> Owner | None:
        """The owner that an owner counts as: the last of its single parents.

        What several own together belongs to none of them, so it counts as an owner of its own.
        """
        for owner in self.lineage(slug):
            if len(owner.parents) != 1 or owner.parents[0] not in self.owners:
                return owner
        return self.owners.get(slug or "")  # parents in a circle, which the config refuses

    def children(self, slug: str) -> tuple[Owner, ...]:
        """The owners that an owner is a parent of."""
        return tuple(owner for owner in self.owners.values() if slug in owner.parents)

    def holdings(self, slugs: Iterable[str]) -> frozenset[str]:
        """The slugs of these owners and of all that belongs to them, in whole or in part."""
        wanted = frozenset(slugs)
        return frozenset(
            slug
            for slug in self.owners
            if any(owner.slug in wanted for owner in self.lineage(slug))
        )

    def count(self, owners_of_sources: Iterable[str | None]) -> OwnerCounts:
        """Count the owners behind sources, each given by the slug of its owner."""
        tops = [self.top(slug) for slug in owners_of_sources]
        known = {owner.slug: owner for owner in tops if owner is not None}
        state = sum(owner.kind == "state" for owner in known.values())
        return OwnerCounts(len(known), state, sum(owner is None for owner in tops))


def find_circles(parents: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Yield slugs of which each is a parent of the one before it, and the first of the last."""
    graph = dict(parents)
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = tuple(reversed(error.args[1][1:]))  # it ends with its first
            yield circle
            graph = {slug: above for slug, above in graph.items() if slug not in circle}
        else:
            return
