"""What an unfinished copy has done, in the copy itself: committed with the rows that it counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    MetaData,
    String,
    Table,
    inspect,
    select,
    text,
    update,
)

from aggregator.storage.schema import COPYING, head_revision
from aggregator.storage.transfer.rows import Digest, Key, dump_key, load_key

_PROGRESS = Table(
    "copy_progress",
    MetaData(),
    Column("name", String, primary_key=True),  # of a table; "" is the row of the whole copy
    Column("position", String),  # the last key that was copied; of the whole, what it is a copy of
    Column("rows", BigInteger, nullable=False),
    Column("checksum", String, nullable=False),
    Column("finished", Boolean, nullable=False),
)
_WHOLE = ""


class TableProgress(NamedTuple):
    """How far the copy of a table has come."""

    position: Key | None
    digest: Digest
    finished: bool


def is_begun(connection: Connection) -> bool:
    """Whether this database is an unfinished copy."""
    return inspect(connection).has_table(_PROGRESS.name)


def begin(connection: Connection, source: str, tables: Iterable[Table]) -> None:
    """Turn an empty database into a copy of `source`, which no Marsad takes for complete."""
    _PROGRESS.create(connection, checkfirst=True)
    connection.execute(_PROGRESS.delete())
    nothing = {"position": None, "rows": 0, "checksum": Digest().checksum, "finished": False}
    rows = [nothing | {"name": table.name} for table in tables]
    connection.execute(_PROGRESS.insert(), [nothing | {"name": _WHOLE, "position": source}, *rows])
    _set_revision(connection, COPYING)


def source_of(connection: Connection) -> str | None:
    """What an unfinished copy is a copy of."""
    found = select(_PROGRESS.c.position).where(_PROGRESS.c.name == _WHOLE)
    return connection.execute(found).scalar_one_or_none()


def progress_of(connection: Connection, table: Table) -> TableProgress:
    """How far the copy of a table has come."""
    row = connection.execute(select(_PROGRESS).where(_PROGRESS.c.name == table.name)).one()
    position = None if row.position is None else load_key(table, row.position)
    return TableProgress(position, Digest(row.rows, int(row.checksum, 16)), row.finished)


def note(connection: Connection, table: Table, progress: TableProgress) -> None:
    """Store how far the copy of a table has come."""
    digest, position = progress.digest, progress.position
    connection.execute(
        update(_PROGRESS)
        .where(_PROGRESS.c.name == table.name)
        .values(
            position=None if position is None else dump_key(position),
            rows=digest.rows,
            checksum=digest.checksum,
            finished=progress.finished,
        )
    )


def finish(connection: Connection) -> None:
    """Make a complete copy a database of Marsad like any other."""
    _PROGRESS.drop(connection)
    _set_revision(connection, head_revision())


def _set_revision(connection: Connection, revision: str) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
