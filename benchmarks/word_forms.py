"""Which forms of a word a search meets: pairs of a query and a text, through the product's search.

    python -m benchmarks.word_forms [FILE …]

A FILE has a pair a line, tab separated: query, text, 1 if the query must find the text or 0 if it
must not, and the kind of the pair; without FILE, `tests/data/arabic/forms.tsv`. Each text is the
headline of an entry, and a pair passes if its entry is among all full matches, or is not.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

from aggregator.query import parse
from aggregator.services.search import search
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.storage.engine import Database
from aggregator.storage.search import vocabulary
from benchmarks.search_quality import fill

PAIRS = Path(__file__).parents[1] / "tests/data/arabic/forms.tsv"


class Pair(NamedTuple):
    """A query and the text that it must find, or must not."""

    query: str
    text: str
    must_match: bool
    kind: str


def read_pairs(file: Path) -> list[Pair]:
    """Read a file of pairs."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Pair(row["query"], row["text"], row["should_match"] == "1", row["kind"]) for row in rows
        ]


def failures(database: Database, pairs: Sequence[Pair]) -> list[Pair]:
    """List the pairs that do not pass in an empty database."""
    now = datetime.now(UTC).replace(microsecond=0)
    texts = sorted({pair.text for pair in pairs})
    fill(database, [(text, "") for text in texts], now)
    with database.write() as session:
        vocabulary.count_new_words(session, len(texts))
    context = SearchContext(None, now, UTC)
    found: dict[str, set[str]] = {}
    for query in {pair.query for pair in pairs}:
        request = SearchRequest(parse(query), limit=len(texts), partial=False)
        with database.read() as session:
            hits = search.search(session, context, request).hits
        found[query] = {hit.entry.title for hit in hits}
    return [pair for pair in pairs if (pair.text in found[pair.query]) != pair.must_match]


def _rates(title: str, pairs: Sequence[Pair], failed: Iterable[Pair]) -> Table:
    table = Table(title=title)
    for column in ("kind", "must match", "must not"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    tried = Counter((kind, pair.must_match) for pair in pairs for kind in ("all", pair.kind))
    wrong = Counter((kind, pair.must_match) for pair in failed for kind in ("all", pair.kind))
    for kind in [*sorted({pair.kind for pair in pairs}), "all"]:
        rates = [_rate(tried[kind, must], wrong[kind, must]) for must in (True, False)]
        table.add_row(kind, *rates)
    return table


def _rate(tried: int, wrong: int) -> str:
    return f"{tried - wrong} of {tried}  {1 - wrong / tried:.3f}" if tried else ""


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--show", is_flag=True, help="List the pairs that fail.")
def main(files: Sequence[Path], show: bool) -> None:
    """Print pass rates by kind."""
    console = Console()
    for file in files or [PAIRS]:
        pairs = read_pairs(file)
        with (
            TemporaryDirectory() as folder,
            closing(Database(f"sqlite:///{folder}/marsad.db")) as database,
        ):
            failed = failures(database, pairs)
        console.print(_rates(str(file.name), pairs, failed))
        for pair in failed if show else ():
            console.print(f"{pair.kind}: {pair.query} | {pair.text} | {pair.must_match:d}")


if __name__ == "__main__":
    main()
