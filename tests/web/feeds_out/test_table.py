"""Cells of the CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from tests.builders import NOW
from web.feeds_out import table
from web.feeds_out.documents import ListFeedEntry

ENTRY = ListFeedEntry(
    id="http://127.0.0.1:8000/entries/7", url="https://w.example/7", title="t", author="",
    source="الواحة", source_url="", summary="", html="", image_url=None, language="ar",
    published_at=NOW, updated_at=NOW, categories=(), why="",
)  # fmt: skip

HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "x;=1+1", 'x;"=1+1"', "x; @a",
           "x\n=1", "x\t+1", "x;;-1", "x;'\"=1", ' "=1', "x;\n=1")  # fmt: skip


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula_however_lines_are_split(
    text: str, separator: str, quoted: bool
) -> None:
    entry = replace(ENTRY, title=text, summary=text)
    written = table.write([entry]).decode("utf-8-sig")
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    for row in csv.reader(written.splitlines(), delimiter=separator, quoting=quoting):
        for cell in row:
            # A comma inside a cell splits nothing for who reads quotes.
            assert not cell.strip(' \t\r\n"').startswith(tuple("=+@＝＋－＠-")), (cell, row)


@pytest.mark.parametrize("text", ["2 + 2 = 4", "a-b; c-d", "-", "نص: ماء؛ -5", "a; b, -c"])
def test_other_text_is_left_alone(text: str) -> None:
    (_, row) = csv.reader(
        io.StringIO(table.write([replace(ENTRY, summary=text)]).decode("utf-8-sig"))
    )
    assert row[-1] == ("'-" if text == "-" else text)
