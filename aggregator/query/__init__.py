"""The query language of searches, readers' filters and editors' topics. Pure.

    parse(text) -> tree        raises QueryError for malformed text, and nothing else
    print_query(tree) -> text  parse(print_query(tree)) == tree

docs/search.md documents the language.
"""

from aggregator.query.dates import resolve_date
from aggregator.query.parser import MAX_DEPTH, MAX_TERMS, parse
from aggregator.query.printer import print_query
from aggregator.query.tree import (
    EVERYTHING,
    And,
    AnyForm,
    Field,
    FieldName,
    Not,
    Or,
    Phrase,
    Prefix,
    RelativeDate,
    TextNode,
    Tree,
    Word,
    all_of,
    any_of,
    is_wordless,
    iter_fields,
    positive_terms,
)

__all__ = [
    "EVERYTHING",
    "MAX_DEPTH",
    "MAX_TERMS",
    "And",
    "AnyForm",
    "Field",
    "FieldName",
    "Not",
    "Or",
    "Phrase",
    "Prefix",
    "RelativeDate",
    "TextNode",
    "Tree",
    "Word",
    "all_of",
    "any_of",
    "is_wordless",
    "iter_fields",
    "parse",
    "positive_terms",
    "print_query",
    "resolve_date",
]
