"""The columns of entries that lists filter and order by."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause


class EntryColumns(NamedTuple):
    """These columns, of the table itself or of a subquery over it."""

    id: ColumnElement[int]
    published_at: ColumnElement[datetime]
    source_id: ColumnElement[int]
    feed_id: ColumnElement[int]
    language: ColumnElement[str]
    section: ColumnElement[str]
    duplicate_of: ColumnElement[int | None]

    @classmethod
    def of(cls, entries: FromClause) -> EntryColumns:
        """Those of a table or subquery that has them under these names."""
        return cls(*(entries.c[name] for name in cls._fields))
