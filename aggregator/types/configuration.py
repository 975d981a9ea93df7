"""Sources and feeds as the operator configured them."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.types.names import LocalizedName


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed as configured."""

    url: str
    section: str


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as configured, with missing names filled in."""

    slug: str
    name: LocalizedName
    country: str
    language: str
    ownership: str | None
    timezone: str
    site: str
    feeds: tuple[FeedSpec, ...]
    owner: str | None = None
    """The slug of its owner."""


@dataclass(frozen=True, slots=True)
class PackSpec:
    """A pack to follow, as configured: these sources, all with what is set below, and topics."""

    slug: str
    name: LocalizedName
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    country: str | None = None
    language: str | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What loading the sources changed."""

    sources: int
    feeds: int
    added: int
    disabled: int
    moved: tuple[int, ...] = ()
    """Ids of feeds that now belong to another source."""
