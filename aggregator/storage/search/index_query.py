"""What is asked of the index and of what is beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from aggregator.storage.search.doc_ids import MAX_DOC
from aggregator.storage.search.expressions import MATCH_ALL, Expression


class SqlBuilder:
    """A statement that is being written: hands out names for its values."""

    def __init__(self, match: Callable[[SqlBuilder, Expression], str], **values: Any) -> None:
        self.values: dict[str, Any] = values
        self._match = match

    def bind(self, value: Any) -> str:
        """The place of a value in the statement."""
        name = f"value_{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def match(self, expression: Expression) -> str:
        """The condition that the document `d.doc` matches `expression`."""
        return self._match(self, expression)

    def conditions(self, asked: IndexQuery) -> str:
        """All conditions of `asked` as the end of a WHERE."""
        return "".join(f" AND ({write(self)})" for write in asked.conditions)


Condition = Callable[[SqlBuilder], str]
"""Writes SQL about `d`, a row of `search_docs`: what the index cannot answer alone."""


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """A query, ready for a database."""

    expression: Expression = MATCH_ALL
    """What the index answers."""
    start: int = 0
    """The first document that may be found."""
    end: int = MAX_DOC
    """The first that may not."""
    conditions: tuple[Condition, ...] = ()
    without: Expression | None = None
    """What is not to be found. Apart from `expression`: FTS5's bm25 counts excluded words too."""


class Match(NamedTuple):
    """A document that was found; a higher score is better."""

    doc: int
    entry_id: int
    score: float = 0.0
    source_id: int = 0
    language: str = ""


class Limits(NamedTuple):
    """How many documents are wanted."""

    most: int
    enough: int
    """So many will do where more would take longer."""
    minimum: int
    """So many where even that would take long."""


def no_early_stop(most: int) -> Limits:
    """As many as there are, up to `most`."""
    return Limits(most, most, most)


class Batch(NamedTuple):
    """The newest documents that were found."""

    found: list[Match]
    rest: int | None = None
    """None when that is all there is; else the document below which it goes on."""


def exhausted_batch(found: list[Match], most: int) -> Batch:
    """What a search for at most `most` found, that looked at everything for it."""
    return Batch(found, found[-1].doc if found and len(found) >= most else None)
