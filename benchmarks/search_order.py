"""What the orders of search bring to the top: words in the title against age.

    python -m benchmarks.search_order --database sqlite:////tmp/many.db

Asks for single words among the entries of one source. Of the first ten in each order it counts
those with the word in their title, the mean over all words, and takes the median age.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import mean, median
from typing import get_args

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from aggregator.query import Word
from aggregator.services.search import search
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from aggregator.types import EntryFilter, SearchHit, SearchOrder
from benchmarks.search import sample

FIRST = 10
# Minimum and maximum share of the entries that a word is in.
LEAST, MOST = 0.005, 0.1


def draw_words(database: Database, number: int, random: Random) -> list[str]:
    """Draw words of the middle frequencies, each once."""
    with database.read() as session:
        found = sample(session, random)
    shares = found.share
    known = {word for text in found.texts for word in text if word.isalpha() and len(word) > 3}
    usable = sorted(word for word in known if LEAST <= shares.get(word, 0) <= MOST)
    return random.sample(usable, min(number, len(usable)))


def latest(database: Database) -> datetime:
    """Return the time of the newest entry: the moment to search at."""
    with database.read() as session:
        found: datetime = session.execute(select(func.max(Entry.published_at))).scalar_one()
    return found


def first_hits(
    database: Database, word: str, source: str, order: SearchOrder, now: datetime
) -> tuple[Sequence[SearchHit], set[int]]:
    """Return the first hits, and the ids of those with the word in their title."""
    context = SearchContext(None, now, UTC)
    with database.read() as session:
        tree, scope = Word(word), EntryFilter(source=source)
        hits = search.search(
            session, context, SearchRequest(tree, scope, order=order, limit=FIRST, partial=False)
        ).hits
        titled = {hit.entry.id for hit in hits if any(span.marked for span in hit.title)}
    return hits, titled


def measure(
    database: Database, words: Sequence[str], source: str
) -> Iterator[tuple[str, float, timedelta]]:
    """For each order: titles with the word among the first ten, and the median age."""
    now = latest(database)
    for order in get_args(SearchOrder):
        titles, ages = [], []
        for word in words:
            hits, titled = first_hits(database, word, source, order, now)
            if len(hits) == FIRST:
                titles.append(len(titled))
                ages += [now - hit.entry.published_at for hit in hits]
        yield order, mean(titles), median(ages)


@click.command()
@click.option("--database", "url", required=True, help="As `benchmarks.readers_data` fills one.")
@click.option("--words", "number", default=100, show_default=True)
@click.option("--source", default="source-001", show_default=True, help="Slug.")
@click.option("--seed", default=1, show_default=True)
def main(url: str, number: int, source: str, seed: int) -> None:
    """Print a table."""
    database = Database(url)
    table = Table("order", "of 10 with the word in the title", "median age in days")
    words = draw_words(database, number, Random(seed))
    for order, titles, age in measure(database, words, source):
        table.add_row(order, f"{titles:.1f}", f"{age / timedelta(days=1):.1f}")
    Console().print(table)
    database.close()


if __name__ == "__main__":
    main()
