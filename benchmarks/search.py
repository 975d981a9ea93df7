"""How long searches take among many entries, and what indexing costs.

    python -m benchmarks.readers_data --database sqlite:////tmp/many.db --entries 1000000
    python -m benchmarks.search --database sqlite:////tmp/many.db

Each query is asked as the search page asks it: all words, the words marked, counts beside it. The
words are drawn from the entries themselves: a common word is in about 30 % of them. The words of
titles and summaries are counted first, as the poller does, which takes minutes the first time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import (
    build_search_document,
    index_words,
    searchable_text,
)
from aggregator.process.analysis.word_features import analyze_text
from aggregator.process.html.text import sanitized_to_text
from aggregator.query import parse
from aggregator.services.ingest.index import update_vocabulary
from aggregator.services.search import search
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, EntryContent, SearchState
from aggregator.storage.schema import migrate
from aggregator.storage.search import indexing
from aggregator.text.stems import stem
from aggregator.types import SearchDocument, SearchOrder
from benchmarks import databases
from benchmarks.processes import cpu_of
from web.serving.server import freeze_startup_objects

SAMPLE = 2000
WARM_UP = 5
COMMON = 0.3
# About 2 KB of Arabic.
LETTERS = 1100
ORDERS: tuple[SearchOrder, ...] = ("newest", "relevance")
# Minimum share of the entries that have a frequent word of a rare phrase.
FREQUENT = 0.08


@dataclass(frozen=True)
class Sample:
    """Some entries: their folded words, and the share of them that has each stem."""

    texts: Sequence[list[str]]
    pieces: Sequence[list[str]]
    """Titles and bodies apart: no phrase runs from one into the other."""
    share: dict[str, float]
    common: str
    """A word in `COMMON` of the entries, as near as there is one."""


def sample(session: Session, random: Random) -> Sample:
    """`SAMPLE` entries from all over the table."""
    last = session.execute(select(func.max(Entry.id))).scalar_one()
    ids = sorted(random.sample(range(1, last + 1), min(SAMPLE, last)))
    rows = session.execute(
        select(Entry.title, EntryContent.content)
        .join(EntryContent, EntryContent.entry_id == Entry.id)
        .where(Entry.id.in_(ids))
    ).all()
    titles = [index_words(row.title) for row in rows]
    bodies = [index_words(sanitized_to_text(row.content)) for row in rows]
    texts = [title + body for title, body in zip(titles, bodies, strict=True)]
    counted: Counter[str] = Counter()
    for words in texts:
        counted.update({stem(word) for word in words if word.isalpha()})
    share = {each: count / len(texts) for each, count in counted.items()}
    known = {word for each in texts for word in each if word.isalpha() and len(word) > 3}
    common = min(sorted(known), key=lambda word: abs(share[stem(word)] - COMMON))
    return Sample(texts, [*titles, *bodies], share, common)


def queries(found: Sample, random: Random) -> dict[str, Callable[[], str]]:
    """Kinds of queries; each call gives another one."""

    def word(least: float, most: float) -> str:
        while True:
            each = random.choice(random.choice(found.texts))
            if len(each) > 3 and each.isalpha() and least <= found.share[stem(each)] <= most:
                return each

    def phrase() -> str:
        return '"{} {}"'.format(*random.choice(pairs))

    def rare_phrase() -> str:
        return '"{} {}"'.format(*random.choice(rare_pairs))

    def absent_phrase() -> str:
        while True:
            words = random.choice(frequent), random.choice(frequent)
            if words not in counted:
                return '"{} {}"'.format(*words)

    pairs = [pair for words in found.pieces for pair in pairwise(words)]
    counted = Counter(pairs)
    entries = Counter(word for words in found.texts for word in set(words))
    frequent = sorted(
        word for word, count in entries.items() if count >= FREQUENT * len(found.texts)
    )
    rare_pairs = [
        pair for pair, count in counted.items() if count == 1 and set(pair).issubset(frequent)
    ]
    rarest = 1.5 / len(found.texts)
    return {
        "rare word": lambda: word(0, rarest),
        f"common word ({found.share[stem(found.common)]:.0%})": lambda: found.common,
        "two words": lambda: f"{word(0.01, 1)} {word(0.01, 1)}",
        "two common words": lambda: f"{found.common} {word(0.1, 1)}",
        "five words": lambda: " ".join(word(0.001, 1) for _ in range(5)),
        "phrase": phrase,
        "rare phrase of frequent words": rare_phrase,
        "frequent words, hardly ever a phrase": absent_phrase,
        "prefix": lambda: f"{word(0.005, 1)[:4]}*",
        "a source's": lambda: f"{word(0.01, 1)} source:source-{random.randrange(1, 100):03}",
        "the last week": lambda: f"{word(0.01, 1)} after:7d",
    }


class Taken(NamedTuple):
    """Times of a search, in ms."""

    clock: float
    cpu: float
    """Of this process and, where it can be seen, of PostgreSQL's."""


def ask(database: Database, query: str, order: SearchOrder) -> Taken:
    """Search as the page does."""
    context = SearchContext(None, datetime.now(UTC), UTC)
    request = SearchRequest(parse(query), order=order, count=True)
    with database.read() as session:
        server = server_of(session)
        clock, cpu = time.perf_counter(), time.process_time() + cpu_of(server)
        search.search(session, context, request)
        cpu = time.process_time() + cpu_of(server) - cpu
        return Taken(1000 * (time.perf_counter() - clock), 1000 * cpu)


def server_of(session: Session) -> int | None:
    """The process that answers this session, if it runs on this machine."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return int(pid) if Path(f"/proc/{pid}").exists() else None


def measure(database: Database, rounds: int, seed: int, pause: float) -> Iterator[Sequence[str]]:
    """A row for each kind of query and order."""
    with database.read() as session:
        found = sample(session, Random(seed))
    freeze_startup_objects()  # as the web server does
    for order in ORDERS:
        for kind, make in queries(found, Random(seed)).items():
            for _ in range(WARM_UP):
                ask(database, make(), order)
            taken = []
            for _ in range(rounds):
                time.sleep(pause)
                taken.append(ask(database, make(), order))
            parts = [quantiles(each, n=100) for each in zip(*taken, strict=True)]
            figures = (part[at] for part in parts for at in (49, 98))
            yield order, kind, *(f"{each:.0f}" for each in figures)


# --- indexing ----------------------------------------------------------------------------------


def indexing_cost(database: Database, letters: int) -> tuple[float, float]:
    """Milliseconds of CPU an entry of so many letters: making its words; storing them.

    Stored into an empty database of the same kind, a hundred in a transaction.
    """
    with database.read() as session:
        rows = session.execute(
            select(Entry.title, EntryContent.content)
            .join(EntryContent, EntryContent.entry_id == Entry.id)
            .order_by(Entry.id)
            .limit(6000)
        ).all()
    body = " ".join(sanitized_to_text(row.content) for row in rows)
    bodies = [body[at : at + letters] for at in range(0, len(body) - letters, letters)][:1500]
    started = time.process_time()
    made = [_words(row.title, each) for row, each in zip(rows, bodies, strict=False)]
    words_took = time.process_time() - started
    url = database.url.render_as_string(hide_password=False)
    server = databases.Sqlite() if database.is_sqlite else databases.Postgres(url)
    with TemporaryDirectory() as folder:
        empty = server.fresh(Path(folder))
        scratch = Database(empty.url)
        migrate(scratch)
        stored_took = _store(scratch, made)
        scratch.close()
        empty.drop()
    return 1000 * words_took / len(made), 1000 * stored_took / len(made)


def _words(title: str, body: str) -> SearchDocument:
    return build_search_document(
        analyze_text(title),
        analyze_text(searchable_text(body[:400], f"<p>{body}</p>")),
        author="",
        language="ar",
        categories=("سياسة",),
        has_image=True,
    )


def _store(scratch: Database, made: Sequence[SearchDocument]) -> float:
    first = datetime.now(UTC) - timedelta(days=300)
    no_keys = "PRAGMA foreign_keys = OFF"  # the entries themselves are not needed
    if not scratch.is_sqlite:
        no_keys = "SET session_replication_role = replica"
    took = 0.0
    with scratch.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql(no_keys)
        connection.commit()
        with Session(connection) as session:
            server = server_of(session)
        for start in range(0, len(made), 100):
            some = [
                indexing.IndexDocument(
                    number, 1, 1, first + number * timedelta(minutes=5), "ar", words
                )
                for number, words in enumerate(made[start : start + 100], start + 1)
            ]
            began = time.process_time() + cpu_of(server)
            with Session(connection) as session, session.begin():
                indexing.add(session, some)
            took += time.process_time() + cpu_of(server) - began
    return took


_SIZES = {
    "sqlite": "SELECT 0, sum(length(block)) FROM search_index_data",
    "postgresql": (
        "SELECT pg_table_size('search_index'), pg_relation_size('ix_search_index_terms')"
    ),
}


def index_size(database: Database) -> tuple[float, float]:
    """Bytes an entry: of the table that PostgreSQL's index is on; of the index."""
    with database.read() as session:
        table, index = session.execute(text(_SIZES[session.get_bind().dialect.name])).one()
        documents = session.execute(select(SearchState.documents)).scalar_one()
    return table / documents, index / documents


@click.command()
@click.option("--database", "url", required=True, help="As `benchmarks.readers_data` fills one.")
@click.option("--rounds", default=200, show_default=True, help="Queries of each kind.")
@click.option("--seed", default=1, show_default=True)
@click.option("--pause", default=20, show_default=True, help="Milliseconds between two queries.")
def main(url: str, rounds: int, seed: int, pause: int) -> None:
    """Print a table."""
    database = Database(url)
    console = Console()
    update_vocabulary(database, pause=lambda _: None)
    table = Table(title="ms; the CPU is that of the program and of PostgreSQL where it runs here")
    for name in ("order", "query", "p50", "p99", "CPU p50", "CPU p99"):
        table.add_column(name, justify="left" if name in ("order", "query") else "right")
    for row in measure(database, rounds, seed, pause / 1000):
        table.add_row(*row)
    console.print(table)
    words, stored = indexing_cost(database, LETTERS)
    beside, index = index_size(database)
    console.print(
        f"An entry of {LETTERS} letters: {words:.2f} ms of CPU for its words,"
        f" {stored:.2f} ms to store them. On average, {index:.0f} bytes in the index"
        + (f" and {beside:.0f} in its table." if beside else ".")
    )
    database.close()


if __name__ == "__main__":
    main()
