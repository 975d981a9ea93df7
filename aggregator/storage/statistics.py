"""The statistics by which a database plans its statements."""

from __future__ import annotations

from sqlalchemy import text

from aggregator.storage.engine import Database

# Rows that SQLite looks at in each index; all of a million would take seconds under the lock.
_ANALYSIS_LIMIT = 400
# Rows from which plans go wrong without statistics.
_MANY_ROWS = 1000

# A table without an index would be read to its end just to count it.
_INDEXED = """
    SELECT DISTINCT tbl_name FROM sqlite_master
    WHERE type = 'index' AND tbl_name NOT LIKE 'sqlite%' AND tbl_name NOT LIKE 'search_index%'
    ORDER BY tbl_name
"""
_NEVER_ANALYZED = """
    SELECT relname FROM pg_stat_user_tables
    WHERE last_analyze IS NULL AND last_autoanalyze IS NULL AND n_live_tup >= :many
        AND schemaname = current_schema()
    ORDER BY relname
"""


def analyze_sqlite(database: Database) -> None:
    """Renew the statistics of SQLite, a short transaction for each table."""
    with database.read() as session:
        tables = session.execute(text(_INDEXED)).scalars().all()
    for table in tables:
        with database.write() as session:
            session.execute(text(f"PRAGMA analysis_limit = {_ANALYSIS_LIMIT}"))
            session.execute(text(f'ANALYZE "{table}"'))


def analyze_postgresql(database: Database) -> int:
    """Analyze the tables that PostgreSQL has not analyzed yet, after a first poll; how many.

    From then on autovacuum does it.
    """
    with database.read() as session:
        tables = session.execute(text(_NEVER_ANALYZED), {"many": _MANY_ROWS}).scalars().all()
    for table in tables:
        with database.write() as session:
            session.execute(text(f'ANALYZE "{table}"'))
    return len(tables)
