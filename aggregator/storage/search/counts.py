"""Count all matches of a compiled query, by period and by source.

Each database counts in its own way: SQLite walks FTS5's list of a word once for each period, from
its first document to its last; PostgreSQL sorts the documents of one look-up into periods.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from aggregator.storage.search import postgresql, sqlite
from aggregator.storage.search.index_query import IndexQuery, SqlBuilder
from aggregator.storage.sql.dialects import dialect_of

_LATER = text(
    "SELECT 1 FROM search_docs WHERE entry_id > :upto AND doc >= :start AND doc < :end LIMIT 1"
)


class Place(NamedTuple):
    """Whose entries are counted."""

    source_id: int
    language: str


def arrived_up_to(session: Session, query: IndexQuery, entry_id: int) -> IndexQuery:
    """Restrict a query to entries that had arrived when `entry_id` had.

    Looks whether any others are in its range first: the condition costs a row for each match.
    """
    bounds = {"upto": entry_id, "start": query.start, "end": query.end}
    if session.execute(_LATER, bounds).first() is None:
        return query

    def had_arrived(sql: SqlBuilder) -> str:
        return f"d.entry_id <= {sql.bind(entry_id)}"

    return replace(query, conditions=(*query.conditions, had_arrived))


def count_by_period(session: Session, query: IndexQuery, bounds: Sequence[int]) -> list[int]:
    """Count the matches between each two successive document numbers of `bounds`.

    Ignores matches outside of the range of the query itself.
    """
    start, end = query.start, query.end
    clipped = [min(max(bound, start), end) for bound in bounds]
    if dialect_of(session) == "sqlite":
        return _periods_on_sqlite(session, query, clipped)
    return _periods_on_postgresql(session, query, clipped)


def count_by_place(session: Session, query: IndexQuery) -> dict[Place, int]:
    """Count the matches of each source and language."""
    if dialect_of(session) == "sqlite":
        source, sql = sqlite.all_matches(query, rows=True)
    else:
        source, sql = postgresql.all_matches(session, query, rows=True)
    statement = (
        f"SELECT d.source_id, d.language, count(*) FROM {source} GROUP BY d.source_id, d.language"
    )
    rows = session.execute(text(statement), sql.values)
    return {Place(source_id, language): count for source_id, language, count in rows}


def _periods_on_sqlite(session: Session, query: IndexQuery, bounds: Sequence[int]) -> list[int]:
    source, sql = sqlite.all_matches(
        query, rows=False, first="json_extract(value, '$[0]')", after="json_extract(value, '$[1]')"
    )
    sql.values["periods"] = json.dumps(list(pairwise(bounds)))
    statement = f"SELECT (SELECT count(*) FROM {source}) FROM json_each(:periods) ORDER BY key"
    return list(session.execute(text(statement), sql.values).scalars())


def _periods_on_postgresql(session: Session, query: IndexQuery, bounds: Sequence[int]) -> list[int]:
    query = replace(query, start=bounds[0], end=bounds[-1])
    source, sql = postgresql.all_matches(session, query, rows=False)
    sql.values["bounds"] = f"{{{','.join(map(str, bounds))}}}"
    statement = (
        f"SELECT width_bucket(d.doc, CAST(:bounds AS bigint[])), count(*) FROM {source} GROUP BY 1"
    )
    found: dict[int, int] = dict(session.execute(text(statement), sql.values).tuples())
    return [found.get(place, 0) for place in range(1, len(bounds))]
