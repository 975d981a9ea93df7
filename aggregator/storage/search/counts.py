"""Count all matches of a compiled query, by period and by source.

Each database counts in its own way: SQLite walks FTS5's list of a word once for each period, from
its first document to its last; PostgreSQL sorts the documents of one look-up into periods.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import language_facet
from aggregator.storage.feeds.overview import entry_languages, source_refs
from aggregator.storage.models import Feed
from aggregator.storage.search import postgresql, sqlite
from aggregator.storage.search.expressions import MATCH_ALL
from aggregator.storage.search.index_query import IndexQuery, SqlBuilder
from aggregator.storage.sql.dialects import dialect_of

# The additions keep a database from walking all documents of the range.
_LATER = text(
    "SELECT 1 FROM search_docs"
    " WHERE entry_id > :upto AND doc + 0 >= :start AND doc + 0 < :end LIMIT 1"
)


Column = Literal["source_id", "feed_id", "language"]


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


def count_matches(session: Session, query: IndexQuery) -> int:
    """Count all matches of a query."""
    return sum(count_by_period(session, query, [query.start, max(query.start, query.end)]))


def count_by(session: Session, query: IndexQuery, column: Column) -> dict[int | str, int]:
    """Count the matches of each source or feed, by its id, or of each language."""
    if dialect_of(session) != "sqlite":
        source, sql = postgresql.all_matches(session, query, rows=True)
    elif query.expression == MATCH_ALL:
        return _facets_on_sqlite(session, query, column)
    else:
        source, sql = sqlite.all_matches(query, rows=True)
    statement = f"SELECT d.{column} AS place, count(*) AS entries FROM {source} GROUP BY d.{column}"
    return {row.place: row.entries for row in session.execute(text(statement), sql.values)}


def _facets_on_sqlite(session: Session, query: IndexQuery, column: Column) -> dict[int | str, int]:
    """Count all entries by their facets: SQLite would sort a row for each of them by `column`."""
    groups: Mapping[int | str, str]
    if column == "source_id":
        groups = {id_: f"s{id_}" for id_ in source_refs(session)}
    elif column == "feed_id":
        groups = {id_: f"f{id_}" for id_ in session.execute(select(Feed.id)).scalars()}
    else:
        groups = {language: language_facet(language) for language in entry_languages(session)}
    source, sql = sqlite.all_matches(
        query, rows=False, match="'facets : \"' || json_each.value || '\"'"
    )
    sql.values["facets"] = json.dumps(list(groups.values()))
    statement = f"SELECT (SELECT count(*) FROM {source}) FROM json_each(:facets) ORDER BY key"
    counts = session.execute(text(statement), sql.values).scalars()
    return dict(zip(groups, counts, strict=True))


def _periods_on_sqlite(session: Session, query: IndexQuery, bounds: Sequence[int]) -> list[int]:
    source, sql = sqlite.all_matches(
        query, rows=False, first="json_extract(value, '$[0]')", after="json_extract(value, '$[1]')"
    )
    sql.values["periods"] = json.dumps(list(pairwise(bounds)))
    statement = f"SELECT (SELECT count(*) FROM {source}) FROM json_each(:periods) ORDER BY key"
    return list(session.execute(text(statement), sql.values).scalars())


def _periods_on_postgresql(session: Session, query: IndexQuery, bounds: Sequence[int]) -> list[int]:
    if query.expression == MATCH_ALL:
        return _all_on_postgresql(session, query, bounds)
    query = replace(query, start=bounds[0], end=bounds[-1])
    source, sql = postgresql.all_matches(session, query, rows=False)
    sql.values["bounds"] = _array(bounds)
    statement = (
        "SELECT width_bucket(d.doc, CAST(:bounds AS bigint[])) AS place, count(*) AS entries"
        f" FROM {source} GROUP BY place"
    )
    found = {row.place: row.entries for row in session.execute(text(statement), sql.values)}
    return [found.get(place, 0) for place in range(1, len(bounds))]


def _all_on_postgresql(session: Session, query: IndexQuery, bounds: Sequence[int]) -> list[int]:
    """Count all entries by a scan of the key for each period: 49 ms of a million, not 140."""
    source, sql = postgresql.all_matches(
        session, query, rows=False, first="period.start", after='period."end"'
    )
    sql.values |= {"starts": _array(bounds[:-1]), "ends": _array(bounds[1:])}
    statement = (
        f"SELECT (SELECT count(*) FROM {source})"
        " FROM unnest(CAST(:starts AS bigint[]), CAST(:ends AS bigint[]))"
        ' WITH ORDINALITY AS period(start, "end", place) ORDER BY place'
    )
    return list(session.execute(text(statement), sql.values).scalars())


def _array(numbers: Sequence[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"
