"""Index queries and their matches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from aggregator.storage.search.doc_ids import MAX_DOC
from aggregator.storage.search.expressions import MATCH_ALL, Expression

Bindable = int | str


class SqlBuilder:
    """Collects the bound values of an SQL statement while its text is written."""

    def __init__(self, match: Callable[[SqlBuilder, Expression], str], **values: Bindable) -> None:
        self.values = values
        self._match = match

    def bind(self, value: Bindable) -> str:
        """Bind a value and return its placeholder."""
        name = f"value_{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def match(self, expression: Expression) -> str:
        """Return SQL for "the document `d.doc` matches `expression`"."""
        return self._match(self, expression)

    def conditions(self, query: IndexQuery) -> str:
        """Return the conditions of `query`, to append to a WHERE clause."""
        return "".join(f" AND ({write(self)})" for write in query.conditions)


# Writes SQL about `d`, a row of `search_docs`, for what the index alone cannot answer.
Condition = Callable[[SqlBuilder], str]


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """A compiled query, the same for both databases."""

    expression: Expression = MATCH_ALL
    start: int = 0
    """First document to search."""
    end: int = MAX_DOC
    """First document not to search."""
    conditions: tuple[Condition, ...] = ()
    without: Expression | None = None
    """Matches to exclude. Not part of `expression`: FTS5's bm25 would score excluded words."""


class Match(NamedTuple):
    """A matching document; a higher score is better."""

    doc: int
    entry_id: int
    score: float = 0.0
    source_id: int = 0
    language: str = ""


class Limits(NamedTuple):
    """How many matches to look for. `most` >= `enough` >= `minimum`."""

    most: int
    enough: int
    """Stop here if finding more takes longer."""
    minimum: int
    """Stop here if finding even `enough` takes long."""


def no_early_stop(most: int) -> Limits:
    """Find all matches, up to `most`."""
    return Limits(most, most, most)


class Batch(NamedTuple):
    """The newest matches."""

    found: list[Match]
    rest: int | None = None
    """The document below which to search on; None if there are no more matches."""


def exhausted_batch(found: list[Match], most: int) -> Batch:
    """Return the batch of a search that stopped only at `most` matches or at the end."""
    return Batch(found, found[-1].doc if found and len(found) >= most else None)
