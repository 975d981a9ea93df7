"""Rows for every table, made from what the tables say about themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    func,
    insert,
    null,
    select,
)

from aggregator.storage.engine import Database
from aggregator.storage.models import all_tables
from aggregator.storage.models.base import UtcTime
from tests.builders import NOW

# What one database or the other might change: quotes, escapes, line ends, directions, plane 1, an
# empty string, combining signs in another order.
TEXTS = ("مرصد \\n 'x' \"y\" %s :z", "Café\r\n\ttab", "😀 e\u0301 \u202e", "")


def fill_every_table(database: Database, rows: int = 4) -> None:
    """Insert `rows` rows into each table; those that may be NULL are, in every other row."""
    with database.engine.execution_options(marsad_write=True).begin() as connection:
        for table in all_tables().sorted_tables:
            if table.name == "search_state":  # one row, which the migrations made
                continue
            for number in range(rows):
                insert_row(connection, table, number)
        for number in range(rows):  # an entry may be the duplicate of a later one
            entries = all_tables().tables["entries"]
            later = entries.update().where(entries.c.id == number + 1)
            connection.execute(later.values(duplicate_of=rows - number))
        if not database.is_sqlite:  # as if it had given out the ids itself
            for name in ("entries", "users"):
                sequence = func.pg_get_serial_sequence(name, "id")
                connection.execute(select(func.setval(sequence, rows)))


def insert_row(connection: Connection, table: Table, number: int) -> None:
    values = {column.name: value_of(column, number) for column in table.columns}
    connection.execute(insert(table).values(values))


def value_of(column: Column[Any], number: int) -> Any:
    if column.nullable and (number % 2 or column.name == "duplicate_of"):
        return null()
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return value_of(key.column, number)
    return _of_type(column, number)


def _of_type(column: Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, UtcTime):
        return NOW + timedelta(days=number, microseconds=1 + number)
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, SmallInteger):
        return number + 1
    if isinstance(kind, Integer):
        return number + 1
    return _of_other_type(column, number)


def _of_other_type(column: Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, Date):
        return (NOW + timedelta(days=number)).date()
    if isinstance(kind, JSON):
        return {"b": [number, None, 0.1], "a": TEXTS[number % len(TEXTS)]}
    if isinstance(kind, LargeBinary):
        return bytes([0, 255, number])
    assert isinstance(kind, String), f"{column} has a type without a value here"
    return f"{TEXTS[number % len(TEXTS)]}{number}"
