"""GET /research/series, /research/groups and /research/entries as .csv, .jsonl and .parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from flask import Blueprint, Response, request

from aggregator.errors import InvalidInput
from aggregator.services.research.entries import export_entries
from aggregator.services.research.request import ResearchRequest
from aggregator.services.research.series import find_series
from aggregator.types.research import Findings, share
from web.feeds_out import columns, parquet, table
from web.feeds_out.columns import Column, Rows, Stream
from web.request.auth import require
from web.request.database import database, read_session, settings
from web.request.params import invalid_param
from web.request.research import join_sources, parse_research
from web.request.search_share import search_share

blueprint = Blueprint("research_tables", __name__, url_prefix="/research")


View = Callable[[str], Response]


class TableFormat(NamedTuple):
    """A format of tables: the function that writes it, its media type and its name."""

    stream: Stream
    content_type: str
    name: str


FORMATS: Mapping[str, TableFormat] = {
    "csv": TableFormat(columns.stream_csv, f"{table.CONTENT_TYPE}; charset=utf-8", "CSV"),
    "jsonl": TableFormat(columns.stream_json_lines, columns.JSON_LINES_TYPE, "JSON lines"),
    "parquet": TableFormat(parquet.stream, parquet.CONTENT_TYPE, "Parquet"),
}
_SERIES = (
    Column("start", "moment"), Column("query"), Column("entries", "integer"),
    Column("published", "integer"), Column("share", "number"),
)  # fmt: skip
_GROUPS = (
    Column("group"), Column("query"), Column("entries", "integer"),
    Column("published", "integer"), Column("share", "number"),
)  # fmt: skip
ENTRIES = (
    Column("id", "integer"), Column("published_at", "moment"), Column("fetched_at", "moment"),
    Column("source"), Column("country"), Column("language"), Column("section"), Column("title"),
    Column("author"), Column("url"), Column("summary"), Column("duplicate_of", "integer"),
)  # fmt: skip


def _table_route(path: str) -> Callable[[View], View]:
    """Route `path` with the suffix of each format to a view, which takes the format as `kind`."""

    def register(view: View) -> View:
        for kind in FORMATS:
            blueprint.get(f"{path}.{kind}", defaults={"kind": kind})(view)
        return view

    return register


@_table_route("/series")
def series(kind: str) -> Response:
    """Matches of each query per hour, day or week."""
    found = _findings(_request(kind))
    return _response(kind, "series", _SERIES, [list(_series_rows(found))])


@_table_route("/groups")
def groups(kind: str) -> Response:
    """Matches of each query by source, language, country or section."""
    asked = _request(kind)
    if asked.grouping is None:
        raise invalid_param("by", '"source", "language", "country" or "section"')
    return _response(kind, f"by-{asked.grouping}", _GROUPS, [list(_group_rows(_findings(asked)))])


@_table_route("/entries")
def entries(kind: str) -> Response:
    """The matches of one query themselves, newest first; without a query, all that is chosen."""
    asked = _request(kind)
    if len(asked.questions) > 1:
        raise invalid_param("q2", "a table of entries is of one query")
    with search_share():
        pages = export_entries(database(), asked, next(iter(asked.questions), None))
    return _response(kind, "entries", ENTRIES, pages)


def available_formats() -> Mapping[str, TableFormat]:
    """The formats that this site can write."""
    missing = () if parquet.is_available() else ("parquet",)
    return {kind: format_ for kind, format_ in FORMATS.items() if kind not in missing}


def _request(kind: str) -> ResearchRequest:
    require("entry.read")
    if kind not in available_formats():
        raise InvalidInput("error.parquet", "pyarrow is not installed: marsad[parquet]")
    return parse_research(join_sources(request.args))


def _findings(asked: ResearchRequest) -> Findings:
    if not asked.questions:
        raise InvalidInput("error.search_empty", "a series needs a query", field="q")
    with search_share():
        return find_series(read_session(), asked)


def _series_rows(found: Findings) -> Iterator[Sequence[object]]:
    for each in found.series:
        for period, count, published in zip(
            found.periods, each.counts, found.published, strict=True
        ):
            yield period.start, each.query, count, published, share(count, published)


def _group_rows(found: Findings) -> Iterator[Sequence[object]]:
    for group in found.groups:
        for each, count in zip(found.series, group.counts, strict=True):
            yield group.group, each.query, count, group.published, share(count, group.published)


def _response(kind: str, name: str, columns_: Sequence[Column], pages: Rows) -> Response:
    format_ = FORMATS[kind]
    response = Response(format_.stream(columns_, pages), content_type=format_.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="marsad-{name}.{kind}"'
    shared = "public" if settings().public_reading else "private"
    response.headers["Cache-Control"] = f"{shared}, max-age=300"
    response.vary.update(("Cookie", "Authorization"))
    return response
