"""INSERT … ON CONFLICT, in the dialect of the database at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Insert, Table
from sqlalchemy.orm import Session

from aggregator.storage.models import Base
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    DialectInsert: TypeAlias = sqlite.Insert | postgresql.Insert


def insert_or_ignore(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert the rows whose keys do not exist yet; safe beside processes that insert the same."""
    if not rows:
        return
    statement = dialect_insert(dialect_of(session), table(model))
    session.execute(statement.on_conflict_do_nothing(), rows)


def insert_or_replace(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, object]], *columns: str
) -> None:
    """Insert the rows; in those whose primary key exists, replace `columns`."""
    if not rows:
        return
    target = table(model)
    statement = dialect_insert(dialect_of(session), target)
    replacing = statement.on_conflict_do_update(
        index_elements=list(target.primary_key),
        set_={name: statement.excluded[name] for name in columns},
    )
    session.execute(replacing, rows)


def bulk_insert(
    session: Session, statement: Insert, columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Execute an INSERT of `columns` for many rows of numbers and bytes that need no conversion.

    SQLAlchemy looks at each parameter of each row; with thousands of small rows that is most of the
    cost.
    """
    connection = session.connection()
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    names: list[str] | None = getattr(compiled, "positiontup", None)  # None: parameters by name
    if names is None:
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        connection.exec_driver_sql(str(compiled), named)
        return
    if names != list(columns):
        in_order = itemgetter(*map(columns.index, names))
        rows = [in_order(row) for row in rows]
    connection.exec_driver_sql(str(compiled), list(rows))


def dialect_insert(dialect: str, target: Table) -> DialectInsert:
    """The INSERT of "sqlite" or "postgresql" with its ON CONFLICT clause.

    Imported on demand: the other database's dialect takes a tenth of a poller's start.
    """
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(target)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(target)
