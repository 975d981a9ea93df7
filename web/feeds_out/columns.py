"""Tables of researchers in all their formats: CSV, JSON lines, Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from web.feeds_out import table
from web.feeds_out.atom import rfc3339

JSON_LINES_TYPE = "application/jsonl"

Rows = Iterable[Sequence[Sequence[object]]]
"""Pages of rows; a value is None, str, int, float or an aware datetime."""


class Column(NamedTuple):
    """A column and what its cells hold."""

    name: str
    kind: Literal["text", "integer", "number", "moment"] = "text"


def stream_csv(columns: Sequence[Column], pages: Rows) -> Iterator[bytes]:
    """A table as CSV, page by page; cells without a value are empty."""
    names = [column.name for column in columns]
    return table.stream_rows(names, ([list(map(_cell, row)) for row in page] for page in pages))


def stream_json_lines(columns: Sequence[Column], pages: Rows) -> Iterator[bytes]:
    """A table as one JSON object a line, page by page."""
    names = [column.name for column in columns]
    for page in pages:
        objects = (dict(zip(names, map(_value, row), strict=True)) for row in page)
        yield "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in objects).encode()


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.6f}"
    return "" if value is None else _value(value)


def _value(value: object) -> object:
    return rfc3339(value) if isinstance(value, datetime) else value


Stream = Callable[[Sequence[Column], Rows], Iterator[bytes]]
