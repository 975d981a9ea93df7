"""Queries as they are shown: each term keeps its own direction, wherever it stands.

In a line of Arabic, `olive*` would show as `*olive`: the star belongs to neither direction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Flask
from markupsafe import Markup, escape

from aggregator.text.word_diff import DiffSegment

# A term with its quotes and its field. Parentheses and spaces are of the line, not of a term.
_TERM = re.compile(r'(?:"[^"]*"?|[^\s()"])+')
# Terms and what stands between them: how a query is compared with another.
QUERY_PIECES = re.compile(rf"\s+|[()]|{_TERM.pattern}")
_CHANGE = {
    "same": Markup("{}"),
    "added": Markup("<ins>{}</ins>"),
    "removed": Markup("<del>{}</del>"),
}


def query_terms(text: str) -> Markup:
    """A query as markup, each of its terms isolated."""
    parts: list[str] = []
    end = 0
    for found in _TERM.finditer(text):
        parts += escape(text[end : found.start()]), _isolated(escape(found[0]))
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def marked_query(text: str, start: int, end: int) -> Markup:
    """A query with one part marked; "…" marks the place of something that is missing."""
    mark = Markup("<mark>{}</mark>").format(query_terms(text[start:end]) or "…")
    return query_terms(text[:start]) + mark + query_terms(text[end:])


def changed_query(pieces: Sequence[DiffSegment]) -> Markup:
    """What changed in a query, of which each piece consists of whole terms."""
    return Markup("").join(_CHANGE[each.kind].format(query_terms(each.text)) for each in pieces)


def _isolated(term: str) -> Markup:
    # Not <bdi>: `dir=auto` on the line would not look into it for the direction.
    return Markup('<span class="term">{}</span>').format(term)


def init_app(app: Flask) -> None:
    """Give templates these functions."""
    app.jinja_env.globals.update(
        query_terms=query_terms, marked_query=marked_query, changed_query=changed_query
    )
