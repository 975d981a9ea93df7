"""Bytes that each table and index takes on PostgreSQL, for a row and for a stored entry.

    python -m benchmarks.readers_data --database postgresql://localhost/big --entries 1000000
    python -m benchmarks.table_sizes --database postgresql://localhost/big

Vacuum the database first: what is dead counts, too.
"""

from dataclasses import dataclass

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from aggregator.storage.engine import Database

# Smaller tables and indexes are not shown.
_MIN_BYTES = 1_000_000

_SIZES = text(
    "SELECT relname AS part, '' AS index, reltuples::bigint AS rows, pg_table_size(oid) AS bytes"
    " FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
    " UNION ALL SELECT t.relname, i.relname, t.reltuples::bigint, pg_relation_size(i.oid)"
    " FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
    " WHERE t.relnamespace = current_schema()::regnamespace ORDER BY 1, 2"
)


@dataclass(frozen=True)
class Size:
    """Of a table without its indexes, or of an index; as PostgreSQL estimates the rows."""

    part: str
    index: str
    rows: int
    bytes: int


def read_sizes(database: Database) -> tuple[int, list[Size]]:
    """The number of entries, and the sizes of all tables and indexes."""
    with database.read() as session:
        entries = session.execute(text("SELECT count(*) FROM entries")).scalar_one()
        return entries, [Size(*row) for row in session.execute(_SIZES)]


def size_table(entries: int, sizes: list[Size]) -> Table:
    """A line for each table and index that is large."""
    total = sum(each.bytes for each in sizes)
    table = Table(title=f"{entries:,} entries: {total / entries:,.0f} bytes each")
    for name in ("table", "index", "rows", "MB", "bytes a row", "bytes an entry"):
        table.add_column(name, justify="left" if name in ("table", "index") else "right")
    for each in sizes:
        if each.bytes >= _MIN_BYTES:
            table.add_row(
                each.part, each.index, f"{each.rows:,}", f"{each.bytes / 1e6:,.0f}",
                f"{each.bytes / max(1, each.rows):,.0f}", f"{each.bytes / entries:,.0f}",
            )  # fmt: skip
    return table


@click.command()
@click.option("--database", required=True, help="URL of a database on PostgreSQL.")
def main(database: str) -> None:
    """Print the sizes."""
    opened = Database(database)
    Console(width=110).print(size_table(*read_sizes(opened)))
    opened.close()


if __name__ == "__main__":
    main()
