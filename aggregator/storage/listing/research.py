"""Entries as researchers export them: whole rows, without what a page would need to show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, Feed, Source
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

_entries, _sources, _feeds = table(Entry).c, table(Source).c, table(Feed).c


class EntryRow(NamedTuple):
    """An entry as exported."""

    id: int
    published_at: datetime
    fetched_at: datetime
    source: str
    """Slug."""
    country: str
    language: str
    section: str
    """Of its feed."""
    title: str
    author: str
    url: str | None
    summary: str
    duplicate_of: int | None
    """The entry that it is a copy of."""


def load_rows(session: Session, ids: Sequence[int]) -> list[EntryRow]:
    """Those of the entries that exist, in the order of `ids`."""
    rows = session.execute(_rows(dialect_of(session)), {"ids": ids})
    found = {row.id: EntryRow._make(row) for row in rows}
    return [found[id_] for id_ in ids if id_ in found]


@cache
def _rows(dialect: str) -> Select[Any]:
    return (
        select(
            _entries.id, _entries.published_at, _entries.fetched_at, _sources.slug,
            _sources.country, _entries.language, _feeds.section, _entries.title, _entries.author,
            _entries.url, _entries.summary, _entries.duplicate_of,
        )
        .join(table(Source), _sources.id == _entries.source_id)
        .join(table(Feed), _feeds.id == _entries.feed_id)
        .where(in_list(_entries.id, "ids", dialect))
    )  # fmt: skip
