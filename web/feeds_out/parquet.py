"""Parquet, written group by group; needs the optional package pyarrow (`marsad[parquet]`)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

from web.feeds_out.columns import Column

CONTENT_TYPE = "application/vnd.apache.parquet"
# Rows of a row group, which is what is in memory; readers prefer larger ones than our pages.
ROWS_OF_GROUP = 10_000


@cache
def is_available() -> bool:
    """Whether pyarrow is installed."""
    return find_spec("pyarrow") is not None


def stream(
    columns: Sequence[Column], pages: Iterable[Sequence[Sequence[object]]]
) -> Iterator[bytes]:
    """A table as a Parquet file, in chunks."""
    import pyarrow as pa  # 60 MB that most sites never need
    from pyarrow import parquet

    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "moment": pa.timestamp("s", tz="UTC"),
    }
    schema = pa.schema([(column.name, types[column.kind]) for column in columns])
    sink = _Sink()
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for rows in _groups(pages):
            values = [
                pa.array(each, type_)
                for each, type_ in zip(zip(*rows, strict=True), schema.types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(values, schema=schema))
            yield sink.take()
    yield sink.take()


def _groups(pages: Iterable[Sequence[Sequence[object]]]) -> Iterator[list[Sequence[object]]]:
    group: list[Sequence[object]] = []
    for page in pages:
        group += page
        if len(group) >= ROWS_OF_GROUP:
            yield group
            group = []
    if group:
        yield group


class _Sink(io.RawIOBase):
    """A file that hands on what is written to it."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        """It can be written to, and nothing else."""
        return True

    def write(self, data: Any) -> int:
        """Keep `data` until it is taken."""
        self._written += data
        return len(data)

    def take(self) -> bytes:
        """What was written since it was last taken."""
        taken = bytes(self._written)
        self._written.clear()
        return taken
