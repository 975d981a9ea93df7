"""The researcher's desk: queries as series, compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from flask import Blueprint, Response, make_response, render_template, request

from aggregator.errors import QueryError
from aggregator.query import parse
from aggregator.services.research.entries import count_entries, list_entries
from aggregator.services.research.series import find_series
from aggregator.types.limits import MAX_QUERY
from web.caches.filter_options import cached_filter_options
from web.feeds_out.research import available_formats
from web.presentation.research import Shown, draw, table_rows
from web.request import params
from web.request.auth import require
from web.request.database import read_session
from web.request.list_context import reset_list_context
from web.request.research import (
    GROUPINGS,
    QUERY_NAMES,
    UNITS,
    join_sources,
    parse_research,
    parse_scope,
)
from web.request.search_share import search_share

blueprint = Blueprint("research", __name__)

# Entries of a page.
PAGE_SIZE = 50
_SHOWN: tuple[Shown, ...] = get_args(Shown)


@blueprint.get("/research")
def index() -> Response:
    """Up to four queries over time; without any, what the desk can do."""
    require("entry.read")
    reset_list_context()
    values = join_sources(request.args)
    shown = params.choice(values, "show", _SHOWN) if values.get("show") else "count"
    try:
        asked = parse_research(values)
    except QueryError as error:
        return make_response(_render(values, problem=error.problem, wrong=_malformed(values)), 400)
    if not asked.questions:
        return make_response(_render(values))
    with search_share():
        found = find_series(read_session(), asked)
    page = _render(
        values,
        asked=asked,
        found=found,
        shown=shown,
        chart=draw(found, shown),
        rows=table_rows(found, asked),
    )
    return make_response(page)


@blueprint.get("/research/entries")
def entries() -> str:
    """The entries that a number of a series counts, newest first."""
    require("entry.read")
    reset_list_context()
    asked = parse_research(join_sources(request.args))
    if len(asked.questions) > 1:
        raise params.invalid_param("q2", "a list of entries takes one query")
    question = next(iter(asked.questions), None)
    cursor = params.cursor(request.args)
    with search_share():
        page = list_entries(read_session(), asked, question, cursor, PAGE_SIZE)
        total = count_entries(read_session(), asked, question)
    return render_template(
        "research/entries.html",
        asked=asked,
        question=question,
        page=page,
        total=total,
        formats=available_formats(),
    )


def _malformed(values: Mapping[str, str]) -> str:
    """The first query that cannot be understood."""
    for text in (values.get(name, "").strip() for name in QUERY_NAMES):
        try:
            parse(text)
        except QueryError:
            return text
    return ""


def _render(values: Mapping[str, str], **found: object) -> str:
    return render_template(
        "research/show.html",
        values={name: value[:MAX_QUERY] for name, value in values.items()},
        query_names=QUERY_NAMES,
        units=UNITS,
        groupings=GROUPINGS,
        scope=parse_scope(values),
        options=cached_filter_options().options,
        formats=available_formats(),
        **found,
    )
