"""INSERT … ON CONFLICT, in the dialect of the database at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from aggregator.storage.models import Base
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of


def insert_or_ignore(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows whose keys are not there yet; safe beside others who insert the same."""
    if not rows:
        return
    statement = dialect_insert(dialect_of(session), table(model))
    session.execute(statement.on_conflict_do_nothing(), rows)


def bulk_insert(
    session: Session, statement: Any, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Execute an INSERT of `columns` for many rows of plain numbers and bytes, which need no
    conversion.

    SQLAlchemy looks at each parameter of each row; of thousands of small rows that is most of the
    cost.
    """
    connection = session.connection()
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    values: Any = rows
    if compiled.positiontup is None:
        values = [dict(zip(columns, row, strict=True)) for row in rows]
    elif compiled.positiontup != list(columns):
        values = list(map(itemgetter(*map(columns.index, compiled.positiontup)), rows))
    connection.exec_driver_sql(str(compiled), values)


def dialect_insert(dialect: str, target: Table) -> Any:
    """The INSERT of "sqlite" or "postgresql" that knows ON CONFLICT.

    Imported when it is needed: the other database's dialect is a tenth of a poller's start.
    """
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(target)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(target)
