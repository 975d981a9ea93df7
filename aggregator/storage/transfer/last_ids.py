"""The ids that a database has given out last: an id names one thing for ever, deleted ones too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Column, Connection, Integer, Table, func, select, text

_SEQUENCE = text("SELECT pg_get_serial_sequence(:table, :column)")


def last_ids(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    """The highest id given out, by table; of a table without a memory, the highest that exists."""
    highest = {
        table.name: connection.execute(select(func.max(column))).scalar() or 0
        for table in tables
        if (column := _id_column(table)) is not None
    }
    remembered = _sequences if connection.dialect.name == "postgresql" else _autoincrements
    for name, value in remembered(connection, highest).items():
        highest[name] = max(value, highest[name])
    return highest


def set_last_ids(connection: Connection, ids: Mapping[str, int]) -> None:
    """Have the database go on after these ids."""
    if connection.dialect.name == "postgresql":
        for name, value in ids.items():
            sequence = _sequence_of(connection, name)
            if sequence is not None and value:
                connection.execute(text("SELECT setval(:s, :v)"), {"s": sequence, "v": value})
        return
    for name in _autoincrements(connection, ids):
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :n"), {"n": name})
        values = {"n": name, "v": ids[name]}
        connection.execute(text("INSERT INTO sqlite_sequence VALUES (:n, :v)"), values)


def _id_column(table: Table) -> Column[int] | None:
    """The column `id`, the only one that a database gives out numbers for."""
    column = table.columns.get("id")
    return column if column is not None and isinstance(column.type, Integer) else None


def _sequences(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    found = {}
    for name in names:
        if (sequence := _sequence_of(connection, name)) is not None:
            row = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608 (as PostgreSQL quotes it)
            found[name] = row.last_value if row.is_called else 0
    return found


def _sequence_of(connection: Connection, name: str) -> str | None:
    table = connection.dialect.identifier_preparer.quote(name)
    return connection.execute(_SEQUENCE, {"table": table, "column": "id"}).scalar()


def _autoincrements(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    declared = connection.execute(
        text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'")
    ).scalars()
    rows = connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
    given = {row.name: row.seq for row in rows}
    return {name: given.get(name, 0) for name in declared if name in set(names)}
