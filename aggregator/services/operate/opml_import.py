"""Importing feeds from another reader: an OPML file as tables for the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aggregator.parse.opml import read_opml
from aggregator.parse.source_tables import source_tables


class KnownFeed(Protocol):
    """A configured feed."""

    url: str


class KnownSource(Protocol):
    """A configured source."""

    slug: str

    @property
    def feeds(self) -> Sequence[KnownFeed]: ...


def tables_for_new_feeds(data: bytes, known: Sequence[KnownSource]) -> tuple[list[str], int]:
    """The [[source]] tables of the feeds not among `known`, and the number of feeds that are.

    Raises `ParseError`.
    """
    outlines = read_opml(data)
    urls = {feed.url for source in known for feed in source.feeds}
    new = [outline for outline in outlines if outline.url not in urls]
    return source_tables(new, {source.slug for source in known}), len(outlines) - len(new)
