"""Owners of sources, as the operator configured them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from aggregator.types.names import LocalizedName

# What an owner is, and what a source is by its own account.
OwnerKind = Literal["state", "party", "private", "public"]
OWNER_KINDS: tuple[OwnerKind, ...] = get_args(OwnerKind)


@dataclass(frozen=True, slots=True)
class Owner:
    """A company, a state body or a party that owns sources, and where that can be read."""

    slug: str
    name: LocalizedName
    kind: OwnerKind
    source_url: str
    """The page that says what it owns, or that it exists."""
    parents: tuple[str, ...] = ()
    """The slugs of its own owners."""


@dataclass(frozen=True, slots=True)
class OwnerCounts:
    """How many owners are behind some sources."""

    owners: int
    state: int
    """Those of kind "state" among them."""
    unknown: int
    """Sources whose owner is not configured."""
