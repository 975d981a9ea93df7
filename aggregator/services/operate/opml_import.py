"""Importing feeds from another reader: an OPML file as tables for the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aggregator.parse.opml import OpmlProblem, read_opml
from aggregator.parse.source_tables import source_tables
from aggregator.process.html.urls import feed_key


class KnownFeed(Protocol):
    """A configured feed."""

    url: str


class KnownSource(Protocol):
    """A configured source."""

    slug: str

    @property
    def feeds(self) -> Sequence[KnownFeed]: ...


@dataclass(frozen=True, slots=True)
class OpmlTables:
    """The new feeds of a file as [[source]] tables, and what became of the others."""

    tables: tuple[str, ...]
    known: int
    """Number of feeds that are in the config already, in any spelling."""
    problems: tuple[OpmlProblem, ...]


def tables_for_new_feeds(data: bytes, known: Sequence[KnownSource]) -> OpmlTables:
    """The [[source]] tables of the feeds not among `known`. Raises `ParseError`."""
    document = read_opml(data)
    keys = {feed_key(feed.url) for source in known for feed in source.feeds}
    new = [outline for outline in document.outlines if feed_key(outline.url) not in keys]
    return OpmlTables(
        tuple(source_tables(new, {source.slug for source in known})),
        len(document.outlines) - len(new),
        document.problems,
    )
