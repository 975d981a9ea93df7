"""What each statement of a database reads, counted in rows or instructions, never in time.

Every statement that goes through the engine is executed twice: first to be counted, undone at
once if it writes, then for its caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from aggregator.storage.engine import Database

# SQLite's virtual machine is interrupted to count after this many instructions.
_STEPS = 10
_LITERALS = re.compile(r"\b\d+\b|'[^']*'")
_SCANS = frozenset(
    {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan"}
)
_COUNTED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@dataclass
class StatementCosts:
    """Work by statement: rows that scans visited on PostgreSQL, instructions on SQLite."""

    work: dict[str, int] = field(default_factory=dict)
    executions: dict[str, int] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)
    """The plan of the dearest execution."""
    _dearest: dict[str, int] = field(default_factory=dict)

    def add(self, statement: str, work: int, plan: str) -> None:
        """Count one execution."""
        name = _LITERALS.sub("?", " ".join(statement.split()))
        self.work[name] = self.work.get(name, 0) + work
        self.executions[name] = self.executions.get(name, 0) + 1
        if work >= self._dearest.get(name, 0):
            self._dearest[name] = work
            self.plans[name] = plan


@contextmanager
def count_statements(database: Database) -> Iterator[StatementCosts]:
    """Count the statements of `database` while the block runs."""
    costs = StatementCosts()
    count = _count_sqlite if database.is_sqlite else _count_postgresql

    def before(
        _connection: Any, cursor: Any, statement: str, values: Any, _context: Any, many: bool
    ) -> None:
        if statement.lstrip(" (").upper().startswith(_COUNTED):
            # SQLAlchemy gives the many rows of one INSERT as the values of a single execution.
            batch = list(values) if many and _is_batch(values) else [values]
            work, plan = count(cursor.connection, statement, batch)
            costs.add(statement, work, plan)

    event.listen(database.engine, "before_cursor_execute", before)
    try:
        yield costs
    finally:
        event.remove(database.engine, "before_cursor_execute", before)


def _is_batch(values: Any) -> bool:
    return bool(values) and isinstance(values, list) and isinstance(values[0], tuple | dict)


def _count_sqlite(connection: Any, statement: str, batch: Sequence[Any]) -> tuple[int, str]:
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += _STEPS

    plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", batch[0]).fetchall()
    connection.execute("SAVEPOINT counted")
    connection.set_progress_handler(step, _STEPS)
    try:
        for values in batch:
            connection.execute(statement, values).fetchall()
    finally:
        connection.set_progress_handler(None, 0)
        connection.execute("ROLLBACK TO counted")
        connection.execute("RELEASE counted")
    return steps, "\n".join(str(row[3]) for row in plan)


def _count_postgresql(connection: Any, statement: str, batch: Sequence[Any]) -> tuple[int, str]:
    visited, lines = 0, []
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT counted")
        for values in batch:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
            (((plan,),),) = [cursor.fetchall()]
            found = list(_scans(plan[0]["Plan"]))
            visited += sum(rows for rows, _ in found)
            lines = [f"{rows} rows: {scan}" for rows, scan in found]
        cursor.execute("ROLLBACK TO SAVEPOINT counted")
        cursor.execute("RELEASE SAVEPOINT counted")
    return visited, "\n".join(lines)


def _scans(node: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """(rows visited, what was scanned) of each scan of a plan."""
    if node["Node Type"] in _SCANS:
        rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        rows += node.get("Rows Removed by Index Recheck", 0)
        where = node.get("Index Name") or node.get("Relation Name", "")
        yield round(rows * node["Actual Loops"]), f"{node['Node Type']} {where}"
    for child in node.get("Plans", ()):
        yield from _scans(child)
