"""Errors that name the place in a query."""

from __future__ import annotations

from aggregator.errors import QueryError, QueryProblem


def query_error(key: str, text: str, start: int, end: int, *expected: str) -> QueryError:
    """Build the error for `start` to `end` of `text`; `expected` lists valid inputs."""
    return QueryError(QueryProblem(key, start, end, text[start:end], expected))
