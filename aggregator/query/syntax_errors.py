"""Saying what is wrong with a query, and where."""

from __future__ import annotations

from aggregator.errors import QueryError, QueryProblem


def query_error(key: str, text: str, start: int, end: int, *expected: str) -> QueryError:
    """The error to raise for a place in `text`."""
    return QueryError(QueryProblem(key, start, end, text[start:end], expected))
