"""CSV for researchers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from web.feeds_out.atom import rfc3339
from web.feeds_out.documents import ListFeedEntry

CONTENT_TYPE = "text/csv"
COLUMNS = ("id", "published_at", "source", "title", "author", "language", "url", "why", "summary")
# What begins a formula; some spreadsheets take the wide forms, too.
_FORMULA = "=+@＝＋－＠-"
# The beginning of a cell, also for a spreadsheet that splits lines at semicolons or tabs: its cells
# begin, quoted or not, in the middle of ours.
_FIRST_CELL = re.compile(rf"""[\s"']*(?=[{_FORMULA}])|(?=[\t\r])""")
_LATER_CELL = re.compile(rf"""[;\t\r\n][\s"']*(?=[{_FORMULA}])""")


def write(items: Iterable[ListFeedEntry]) -> bytes:
    """The table of entries, one row each."""
    rows = (
        (
            item.id.rpartition("/")[2], rfc3339(item.published_at), item.source, item.title,
            item.author, item.language, item.url, item.why, item.summary,
        )
        for item in items
    )  # fmt: skip
    return write_rows(COLUMNS, rows)


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table, in UTF-8 with the byte order mark that spreadsheets look for."""
    return b"".join(stream_rows(columns, [rows]))


def stream_rows(
    columns: Sequence[str], pages: Iterable[Iterable[Sequence[object]]]
) -> Iterator[bytes]:
    """The same page by page, for a table that does not fit in memory."""
    yield _lines([columns]).encode("utf-8-sig")
    for page in pages:
        yield _lines([_escape_formula(str(value)) for value in row] for row in page).encode()


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _escape_formula(value: str) -> str:
    """Keep a spreadsheet from running the cell, or a part of it, as a formula."""
    first = _FIRST_CELL.match(value)
    begin, rest = (f"{first[0]}'", value[first.end() :]) if first else ("", value)
    return begin + _LATER_CELL.sub(lambda start: f"{start[0]}'", rest)
