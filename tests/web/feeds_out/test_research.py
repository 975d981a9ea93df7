"""Tables of researchers: the same rows in every format, of any length in constant memory."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from aggregator.services.research import entries
from aggregator.storage.engine import Database
from tests.builders import NOW
from tests.web.browser import Browser
from tests.web.research import DAMS, DAYS
from web.feeds_out import columns, parquet
from web.feeds_out.columns import Column, Stream

COLUMNS = (Column("id", "integer"), Column("at", "moment"), Column("text"), Column("n", "number"))


def read(answer: bytes, kind: str) -> list[dict[str, object]]:
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(answer.decode("utf-8-sig"))))
    if kind == "jsonl":
        return [json.loads(line) for line in answer.decode().splitlines()]
    rows: list[dict[str, object]] = pq.read_table(io.BytesIO(answer)).to_pylist()
    return rows


def test_a_series_has_the_same_rows_in_every_format(
    archive: Database,
    driss: Browser,
) -> None:
    found = {
        kind: read(driss.get(f"/research/series.{kind}?q={DAMS}&{DAYS}").data, kind)
        for kind in ("csv", "jsonl", "parquet")
    }
    assert [(row["entries"], row["published"], row["share"]) for row in found["jsonl"]] == [
        (1, 1, 1.0),
        (2, 3, 2 / 3),
    ]
    assert [row["start"] for row in found["jsonl"]] == [
        "2026-10-31T23:00:00Z",
        "2026-11-01T23:00:00Z",
    ]
    assert found["parquet"] == [
        row | {"start": datetime.fromisoformat(str(row["start"]))} for row in found["jsonl"]
    ]
    assert [row["share"] for row in found["csv"]] == ["1.000000", "0.666667"]


def test_a_breakdown_is_a_table_of_groups(archive: Database, driss: Browser) -> None:
    answer = driss.get(f"/research/groups.jsonl?q={DAMS}&by=source&{DAYS}")
    assert [
        (row["group"], row["entries"], row["published"]) for row in read(answer.data, "jsonl")
    ] == [
        ("hespress", 2, 3),
        ("medias24", 1, 1),
    ]
    assert driss.get(f"/research/groups.csv?q={DAMS}").status_code == 400


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_matching_entries_are_exported_page_by_page(
    archive: Database,
    driss: Browser,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entries, "PAGE", 1)
    answer = driss.get(f"/research/entries.{kind}?q={DAMS}&{DAYS}")
    rows = read(answer.data, kind)
    assert len({row["id"] for row in rows}) == len(rows) == 3
    assert [row["source"] for row in rows].count("medias24") == 1
    assert [row["section"] for row in rows].count("society") == 2
    hostile = "'=السدود; '=1+1" if kind == "csv" else "=السدود; =1+1"
    assert hostile in [row["title"] for row in rows]
    assert answer.headers["Content-Disposition"].endswith(f'"marsad-entries.{kind}"')


def test_an_export_without_a_query_has_all_that_is_chosen(
    archive: Database,
    driss: Browser,
) -> None:
    answer = driss.get(f"/research/entries.jsonl?source=hespress&{DAYS}")
    assert len(read(answer.data, "jsonl")) == 3
    assert driss.get(f"/research/entries.csv?q={DAMS}&q2=a").status_code == 400


def test_an_export_without_a_match_is_an_empty_table(
    archive: Database,
    driss: Browser,
) -> None:
    for kind in ("csv", "jsonl", "parquet"):
        answer = driss.get(f"/research/entries.{kind}?q=absent&{DAYS}")
        assert answer.status_code == 200
        assert read(answer.data, kind) == []


def _pages(rows: int) -> Iterator[Sequence[Sequence[object]]]:
    """Pages of a thousand rows, each row with a text of its own."""
    for start in range(0, rows, 1000):
        yield [
            (number, NOW, f"{number} " + "نص" * 200, number / 7)
            for number in range(start, min(start + 1000, rows))
        ]


def _peak(stream: Stream, rows: int) -> int:
    """The most memory in use at once while a table is streamed, in bytes."""
    pool = pa.default_memory_pool()
    tracemalloc.start()
    peak = 0
    for chunk in stream(COLUMNS, _pages(rows)):
        assert isinstance(chunk, bytes)
        peak = max(peak, pool.bytes_allocated())
    peak += tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("stream", [columns.stream_csv, columns.stream_json_lines, parquet.stream])
def test_a_table_five_times_as_long_takes_no_more_memory(stream: Stream) -> None:
    _peak(stream, 1000)  # modules are imported, buffers allocated
    assert _peak(stream, 100_000) < 1.25 * _peak(stream, 20_000)


def test_values_keep_their_kind() -> None:
    rows = [[(1, datetime(2026, 11, 2, tzinfo=UTC), None, None)]]
    assert b"".join(columns.stream_csv(COLUMNS, rows)).decode("utf-8-sig") == (
        "id,at,text,n\r\n1,2026-11-02T00:00:00Z,,\r\n"
    )
    (row,) = read(b"".join(parquet.stream(COLUMNS, rows)), "parquet")
    assert row == {"id": 1, "at": datetime(2026, 11, 2, tzinfo=UTC), "text": None, "n": None}
