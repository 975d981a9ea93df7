"""What topics cost: matching a new entry, and showing a page.

    python -m benchmarks.topics
    python -m benchmarks.topics --database sqlite:////var/tmp/topics.db --entries 1000000

See README.md in this folder.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random
from statistics import quantiles

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.orm import Session

from aggregator.config import Settings
from aggregator.process.analysis.search_document import index_words
from aggregator.query.matcher import IndexedText, MatchableEntry
from aggregator.query.rule_index import RuleIndex
from aggregator.query.topic_rule import parse_rule
from aggregator.services.reading import topics as service
from aggregator.storage.engine import Database
from aggregator.storage.topics import topics
from aggregator.types import EntryFilter, LocalizedText, TopicContent
from benchmarks.readers_data import fill_database
from benchmarks.readers_rows import Size
from benchmarks.vocabulary import Writer
from web import create_app

MAX_MATCH_MS = 2.0
MAX_PAGE_MS = 20.0
_WARM_UP = 200
# Minimum occurrences in 100,000 words of a common word.
_OFTEN = 20


@dataclass(frozen=True)
class Result:
    """CPU of one operation, in ms."""

    name: str
    p50: float
    p99: float
    most: float | None = None

    def misses(self) -> bool:
        """Whether this is worse than the project's target."""
        return self.most is not None and self.p50 > self.most


# --- matching --------------------------------------------------------------------------------


def rules(count: int, seed: int, *, common: bool) -> list[str]:
    """Rules as editors write them: alternatives, all of, exact, excluded, in titles, of sources.

    Their words are of the long tail, as names and terms are; with `common` such as every other
    entry has.
    """
    random, writer = Random(f"rules {seed}"), Writer(f"rules {seed}")
    shapes = (
        "({0} OR {1} OR {2}) -{3}",
        '"{0} {1}" OR {2} OR {3} OR {4}',
        "{0} {1}",
        "title:{0} OR ({1} {2})",
        "{0} ({1} OR {2}*) lang:ar",
        "(source:source-001 OR source:source-002) ({0} OR {1})",
    )
    counts = Counter(word for word in writer.phrase(100_000).split() if len(word) > 4)
    ordered = sorted(word for word, found in counts.items() if common == (found > _OFTEN))
    return [random.choice(shapes).format(*random.sample(ordered, 5)) for _ in range(count)]


def entries(count: int, seed: int) -> list[tuple[str, str]]:
    """Title and text (some 350 words) of entries that no rule was made for."""
    writer = Writer(f"entries {seed}")
    return [
        (writer.headline(), " ".join(writer.sentence() for _ in range(23))) for _ in range(count)
    ]


def matching(rule_count: int, entry_count: int, seed: int) -> Iterator[Result]:
    """CPU of finding the topics of an entry."""
    made = entries(entry_count + _WARM_UP, seed)
    folded = [(index_words(title), index_words(body)) for title, body in made]
    for common in (False, True):
        texts = rules(rule_count, seed, common=common)
        book = RuleIndex({number: parse_rule(each) for number, each in enumerate(texts)})
        times, matched = _match(book, folded)
        share = f"{matched / entry_count:.1f} match"
        what = "of common words" if common else "of names and terms"
        name = f"an entry against {rule_count:,} rules {what} ({share})"
        yield _result(name, times, None if common else MAX_MATCH_MS)
    yield _result("finding its words, shared with search", _timed_words(made))


def _match(book: RuleIndex, folded: list[tuple[list[str], list[str]]]) -> tuple[list[float], int]:
    for title, body in folded[:_WARM_UP]:
        book.matching(_matchable(title, body))
    gc.collect()
    times, matched = [], 0
    for title, body in folded[_WARM_UP:]:
        started = time.process_time()
        matched += len(book.matching(_matchable(title, body)))
        times.append(1000 * (time.process_time() - started))
    return times, matched


def _timed_words(made: list[tuple[str, str]]) -> list[float]:
    times = []
    for title, body in made[_WARM_UP:]:
        started = time.process_time()
        index_words(title), index_words(body)
        times.append(1000 * (time.process_time() - started))
    return times


def _matchable(title: list[str], body: list[str]) -> MatchableEntry:
    return MatchableEntry(
        title=IndexedText(title),
        body=IndexedText(body),
        author=IndexedText([]),
        sources=frozenset(("source-001", "جريده 1")),
        country="MA",
        language="ar",
        sections=frozenset(("general",)),
        published_on=date(2026, 11, 2),
        has_image=True,
    )


# --- pages -----------------------------------------------------------------------------------

# Every third entry; every thousandth.
SHARES = {"large": 3, "small": 1000}


def pages(database: Database, asked: int) -> Iterator[Result]:
    """CPU of a page: the database's part, and the whole response."""
    client = create_app(Settings(), database).test_client()
    for slug, share in SHARES.items():
        with database.read() as session:
            cursors = {"first page": None, "page 100": _cursor(session, slug, 100)}
        for name, cursor in cursors.items():
            named = f"topic with 1 entry in {share:,}, {name}"
            with database.read() as session:
                opened = _opener(session, slug, cursor)
                yield _result(f"{named}: database", _timed(opened, asked))
            address = f"/topics/{slug}" + (f"?cursor={cursor}" if cursor else "")
            yield _result(
                f"{named}: whole page",
                _timed(lambda at=address: client.get(at), asked),
                MAX_PAGE_MS,
            )


def _opener(session: Session, slug: str, cursor: str | None) -> Callable[[], object]:
    chosen, now = EntryFilter(topic=slug), datetime.now(UTC)
    return lambda: service.get_topic_view(session, None, chosen, cursor, now)


def _cursor(session: Session, slug: str, page: int) -> str | None:
    cursor = None
    for _ in range(page):
        found = service.get_topic_view(
            session, None, EntryFilter(topic=slug), cursor, datetime.now(UTC)
        )
        if found.page.next_cursor is None:
            return cursor
        cursor = found.page.next_cursor
    return cursor


def put_topics(database: Database) -> None:
    """The two topics and a thousand others of the common size, unless they are there."""
    with database.read() as session:
        if topics.list_topics(session, "published"):
            return
    now = datetime.now(UTC)
    with database.write_exclusive() as session:
        for slug in SHARES:
            content = TopicContent(slug, LocalizedText(ar=slug), rule="سدود", state="published")
            topics.add_topic(session, content, "benchmark", now)
        session.execute(text("UPDATE topics SET fill_from = NULL, fill_next = NULL"))
        for number, share in enumerate(SHARES.values(), 1):
            session.execute(
                text(
                    "INSERT INTO topic_entries (topic_id, entry_id, published_at, by_rule, why)"
                    " SELECT :topic, id, published_at, true, '[\"سدود\"]' FROM entries"
                    " WHERE id % :share = 0"
                ),
                {"topic": number, "share": share},
            )


# --- telling ---------------------------------------------------------------------------------


def _timed(what: Callable[[], object], count: int) -> list[float]:
    what()
    times = []
    for _ in range(count):
        started = time.process_time()
        what()
        times.append(1000 * (time.process_time() - started))
    return times


def _result(name: str, times: list[float], most: float | None = None) -> Result:
    parts = quantiles(times, n=100)
    return Result(name, parts[49], parts[98], most)


@contextmanager
def _opened(url: str, size: Size) -> Iterator[Database]:
    database = Database(url)
    try:
        fill_database(database, size)
        put_topics(database)
        yield database
    finally:
        database.close()


@click.command()
@click.option("--rules", "rule_count", default=1000, show_default=True)
@click.option("--new", default=2000, show_default=True, help="New entries to match.")
@click.option("--database", "url", help="Where to measure pages; filled where it is empty.")
@click.option("--entries", "many", default=1_000_000, show_default=True)
@click.option("--asked", default=200, show_default=True, help="How often each page is asked for.")
@click.option("--seed", default=1, show_default=True)
def main(rule_count: int, new: int, url: str | None, many: int, asked: int, seed: int) -> None:
    """Measure, print, and fail if a target is missed."""
    results = list(matching(rule_count, new, seed))
    if url:
        with _opened(url, Size(many, 200, 1000, 1)) as database:
            results += pages(database, asked)
    table = Table("ms of CPU", "p50", "p99", "target")
    for each in results:
        target = f"< {each.most:g}" if each.most else ""
        table.add_row(each.name, f"{each.p50:.2f}", f"{each.p99:.2f}", target)
    Console().print(table)
    if any(each.misses() for each in results):
        raise click.ClickException("a target was missed")


if __name__ == "__main__":
    main()
