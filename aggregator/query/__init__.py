"""One query language for the search box, readers' filters and editors' topics: text to tree. Pure.

    parse(text) -> tree        raises QueryError, and nothing else, whatever a person types
    print_query(tree) -> text  parse(print_query(tree)) == tree

What each word of it means is in docs/search.md.
"""

from aggregator.query.dates import start_of
from aggregator.query.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse
from aggregator.query.printer import print_query
from aggregator.query.tree import (
    EVERYTHING,
    Ago,
    All,
    Any,
    Field,
    Not,
    Phrase,
    Prefix,
    Tree,
    Word,
    all_of,
    any_of,
    fields_of,
    wanted_texts,
)

__all__ = [
    "EVERYTHING",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_TERMS",
    "Ago",
    "All",
    "Any",
    "Field",
    "Not",
    "Phrase",
    "Prefix",
    "Tree",
    "Word",
    "all_of",
    "any_of",
    "fields_of",
    "parse",
    "print_query",
    "start_of",
    "wanted_texts",
]
