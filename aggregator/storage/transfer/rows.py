"""Rows as both databases have them: read and written unchanged, and summed up to compare."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Date,
    MetaData,
    String,
    Table,
    Text,
    cast,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.types import TypeDecorator

from aggregator.storage.models import all_tables

# Rows of one statement: a thousand bodies of entries are some megabytes.
CHUNK = 1000
_DIGEST_BYTES = 16
_MODULUS = 1 << 8 * _DIGEST_BYTES
# Of the search index, which each database has in its own form: built again from the entries.
DERIVED = frozenset({"search_docs", "search_state", "search_words"})

Key = tuple[Any, ...]


class _JsonText(TypeDecorator[str]):
    """A JSON document of PostgreSQL as the text that was stored, without reading it."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:
        return cast(bindvalue, JSON)

    def column_expression(self, column: Any) -> ColumnElement[Any]:
        return cast(column, Text)


def copied_tables(dialect: str) -> list[Table]:
    """The tables to copy, those that others refer to first; JSON stays text.

    SQL's NULL and JSON's null are both None in Python, and must not be mistaken for one another.
    """
    document = _JsonText() if dialect == "postgresql" else String()
    raw = MetaData()
    return [
        Table(
            table.name,
            raw,
            *(
                Column(
                    column.name,
                    document if isinstance(column.type, JSON) else column.type,
                    primary_key=column.primary_key,
                )
                for column in table.columns
            ),
        )
        for table in all_tables().sorted_tables
        if table.name not in DERIVED
    ]


def self_references(name: str) -> list[str]:
    """The columns of a table that refer to rows of the same table."""
    table = all_tables().tables[name]
    return [key.parent.name for key in table.foreign_keys if key.column.table is table]


@dataclass
class Digest:
    """How many rows there are, and a checksum that does not depend on their order."""

    rows: int = 0
    total: int = 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Count rows in; equal rows of both databases are equal tuples in Python."""
        for row in rows:
            self.rows += 1
            hashed = hashlib.blake2b(repr(tuple(row)).encode(), digest_size=_DIGEST_BYTES).digest()
            self.total = (self.total + int.from_bytes(hashed)) % _MODULUS

    @property
    def checksum(self) -> str:
        """32 hexadecimal digits."""
        return f"{self.total:0{2 * _DIGEST_BYTES}x}"


def chunks(
    connection: Connection, table: Table, after: Key | None = None, up_to: Key | None = None
) -> Iterator[Sequence[Any]]:
    """Rows by key, `CHUNK` at a time: those after the one key, up to the other."""
    key = tuple(table.primary_key)
    limited = select(table).order_by(*key).limit(CHUNK)
    if up_to is not None:
        limited = limited.where(tuple_(*key) <= _literals(table, up_to))
    while True:
        rest = limited if after is None else limited.where(tuple_(*key) > _literals(table, after))
        rows = connection.execute(rest).all()
        if rows:
            yield rows
        if len(rows) < CHUNK:
            return
        after = key_of(table, rows[-1])


def key_of(table: Table, row: Any) -> Key:
    """The primary key of a row."""
    return tuple(row._mapping[column] for column in table.primary_key)


def _literals(table: Table, key: Key) -> Any:
    columns = table.primary_key
    return tuple_(
        *(literal(value, column.type) for value, column in zip(key, columns, strict=True))
    )


def digest_of(connection: Connection, table: Table, up_to: Key | None = None) -> Digest:
    """The digest of a table, or of its rows up to a key."""
    digest = Digest()
    for rows in chunks(connection, table, up_to=up_to):
        digest.add(rows)
    return digest


def count_rows(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    """Rows by table."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables
    }


def dump_key(key: Key) -> str:
    """A key as text."""
    return json.dumps([each.isoformat() if isinstance(each, date) else each for each in key])


def load_key(table: Table, text: str) -> Key:
    """A key from its text."""
    return tuple(
        date.fromisoformat(value) if isinstance(column.type, Date) else value
        for value, column in zip(json.loads(text), table.primary_key, strict=True)
    )
