"""Topic rules: a query without personal fields, and a time window. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from aggregator.errors import QueryError, QueryProblem
from aggregator.query.matcher import Predicate, compile_matcher
from aggregator.query.parser import parse
from aggregator.query.printer import print_query
from aggregator.query.tree import (
    And,
    Field,
    Not,
    Or,
    RelativeDate,
    Tree,
    all_of,
    is_wordless,
    iter_fields,
)

_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_PERSONAL = ("tag", "is")


@dataclass(frozen=True)
class TopicRule:
    """Which entries belong to a topic, and how long it shows them."""

    tree: Tree
    """The query without the window."""
    window: timedelta | None
    """From `after:30d` at the top of a rule: hide older entries; None shows all."""
    matches: Predicate


def parse_rule(text: str) -> TopicRule:
    """Parse a rule. Raises QueryError, also for fields that a topic cannot use."""
    whole = parse(text)
    kept, window = _without_window(whole)
    for field in iter_fields(kept):
        if field.name in _PERSONAL:
            raise _rule_error("error.query_personal", text, field)
        if isinstance(field.value, RelativeDate):
            raise _rule_error("error.query_moving", text, field)
    if not _has_positive_term(kept):
        raise QueryError(QueryProblem("error.query_everything", 0, len(text), text))
    return TopicRule(kept, window, compile_matcher(kept))


def _without_window(tree: Tree) -> tuple[Tree, timedelta | None]:
    parts = tree.parts if isinstance(tree, And) else (tree,)
    windows = [
        timedelta(days=part.value.count * _DAYS[part.value.unit])
        for part in parts
        if _is_window(part) and isinstance(part, Field) and isinstance(part.value, RelativeDate)
    ]
    if not windows:
        return tree, None
    return all_of(part for part in parts if not _is_window(part)), min(windows)


def _is_window(tree: Tree) -> bool:
    return (
        isinstance(tree, Field)
        and tree.name == "after"
        and isinstance(tree.value, RelativeDate)
        and tree.value.count > 0
    )


def _has_positive_term(tree: Tree) -> bool:
    """Whether a tree includes something, rather than only excluding."""
    if isinstance(tree, And):
        return any(_has_positive_term(part) for part in tree.parts)
    if isinstance(tree, Or):
        return all(_has_positive_term(part) for part in tree.parts)
    return not isinstance(tree, Not) and not is_wordless(tree)


def _rule_error(key: str, text: str, field: Field) -> QueryError:
    """Point at the field if it was typed as printed, else at the whole rule."""
    for language in ("en", "ar", "fr"):
        printed = print_query(field, language)
        start = text.find(printed)
        if start >= 0:
            return QueryError(QueryProblem(key, start, start + len(printed), printed))
    return QueryError(QueryProblem(key, 0, len(text), text))
