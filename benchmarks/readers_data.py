"""A large newsroom with many readers, written straight into a database.

    python -m benchmarks.readers_data --database sqlite:////tmp/readers.db --entries 1000000

The tables are filled past the program, in the order in which entries would have arrived: twelve
months of a few busy and many quiet sources, late arrivals with old dates, copies within a source
and elsewhere, readers who follow some forty sources each. The same seed gives the same rows, save
that they end at the moment of the run. `session_token(n)` is the cookie of reader n.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import click
import psycopg
from sqlalchemy import text

from aggregator.process.analysis.search_document import INDEX_VERSION
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from benchmarks import search_data
from benchmarks.vocabulary import Writer

SPAN = timedelta(days=365)
COPIES = 0.08
LATE = 0.02
FOLLOWED = 40
PARAGRAPHS, HEADLINES = 3000, 30_000
_CHUNK = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTRIES = ("MA", "MA", "MA", "DZ", "TN", "EG", "SA", "QA", "FR", "GB")
_LANGUAGES = ("ar", "ar", "ar", "ar", "ar", "ar", "fr", "fr", "fr", "en")
_KINDS = {
    1: "marks all", 2: "month", 3: "marks all", 4: "opens", 5: "new", 6: "marks all", 7: "never"
}  # fmt: skip

Row = Sequence[Any]
Rows = Iterable[Row]


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    entries: int
    sources: int
    readers: int
    seed: int


def session_token(reader: int) -> str:
    """The session cookie of a reader; they count from 1."""
    return f"benchmark-reader-{reader:05}"


# --- rows ------------------------------------------------------------------------------------


def sources(size: Size) -> Iterator[Row]:
    """id, slug, name_ar, name_fr, name_en, country, language, timezone, site, position, enabled"""
    for id_ in range(1, size.sources + 1):
        name = f"source-{id_:03}"
        country, language = _COUNTRIES[id_ % 10], _LANGUAGES[id_ % 7 + id_ % 4]
        site = f"https://{name}.example"
        yield (id_, name, f"جريدة {id_}", f"Journal {id_}", f"Paper {id_}", country, language,
               "Africa/Casablanca", site, id_, True)  # fmt: skip


def feeds(size: Size, entries: Sequence[int], now: datetime) -> Iterator[Row]:
    """One of each source, polled and healthy."""
    for id_ in range(1, size.sources + 1):
        yield (id_, id_, f"https://source-{id_:03}.example/feed", "general", 0, True, now - SPAN,
               "healthy", now - SPAN, 0, now, now, now, 900, now, entries[id_], 0)  # fmt: skip


@dataclass(frozen=True)
class Arrival:
    """What is decided of an entry before its words are."""

    id: int
    source: int
    published_at: datetime
    fetched_at: datetime
    duplicate_of: int | None


def arrivals(size: Size, now: datetime) -> Iterator[Arrival]:
    """Entries in the order of arrival; sources differ in how much they publish."""
    random = Random(f"arrivals {size.seed}")
    ids = list(range(1, size.sources + 1))
    weights = [1 / (rank + 8) for rank in ids]
    recent: list[tuple[int, int]] = []
    step = SPAN / size.entries
    chosen = random.choices(ids, weights, k=size.entries)
    for id_ in range(1, size.entries + 1):
        fetched_at = now - SPAN + step * id_
        late = random.random() < LATE
        delay = random.expovariate(1 / (3 * 86400 if late else 900))
        source, first = chosen[id_ - 1], None
        if recent and random.random() < COPIES:
            first, of_source = random.choice(recent)
            if random.random() < 0.5:
                source = of_source
        elif len(recent) < 300:
            recent.append((id_, source))
        else:
            recent[random.randrange(300)] = (id_, source)
        yield Arrival(id_, source, fetched_at - timedelta(seconds=delay), fetched_at, first)


class Texts:
    """Titles, summaries and bodies, put together from a stock: writing a million takes hours."""

    def __init__(self, seed: int) -> None:
        writer = Writer(f"readers {seed}")
        self._headlines = [writer.headline() for _ in range(HEADLINES)]
        sentences = [writer.sentence() for _ in range(PARAGRAPHS)]
        self._paragraphs = [
            " ".join(sentences[(number * 7 + part) % PARAGRAPHS] for part in range(2))
            for number in range(PARAGRAPHS)
        ]

    def title(self, number: int) -> str:
        """A headline, with a number so that no two are the same."""
        return f"{self._headlines[number % HEADLINES]} {number}"

    def paragraphs(self, number: int) -> tuple[str, str]:
        """Two paragraphs; the first is the summary too."""
        stock = self._paragraphs
        return stock[number % PARAGRAPHS], stock[number * 31 % PARAGRAPHS]


def entry(arrival: Arrival, texts: Texts, languages: Sequence[str]) -> Row:
    """A row of `entries`."""
    number = arrival.duplicate_of or arrival.id
    language = languages[arrival.source]
    first, _ = texts.paragraphs(number)
    image = f"https://source-{arrival.source:03}.example/{number}.jpg" if number % 3 else None
    return (
        arrival.id, arrival.source, arrival.source, _key("identity", arrival.id),
        f"https://source-{arrival.source:03}.example/?p={arrival.id}",
        f"https://source-{arrival.source:03}.example/{arrival.id}", _key("url", arrival.id),
        _key("text", number), _key("title", number), _key("revision", arrival.id),
        _key("text_revision", number), texts.title(number), "", first[:400], image, language,
        "rtl" if language == "ar" else "ltr", 90, arrival.published_at, arrival.fetched_at,
        arrival.duplicate_of,
    )  # fmt: skip


def content(arrival: Arrival, texts: Texts) -> Row:
    """A row of `entry_contents`: about 1 kB of HTML."""
    paragraphs = texts.paragraphs(arrival.duplicate_of or arrival.id)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return arrival.id, body, json.dumps(["سياسة"], ensure_ascii=False), "[]"


@dataclass(frozen=True)
class Reader:
    """How somebody reads."""

    id: int
    followed: tuple[int, ...]
    mark: int
    read: tuple[int, ...]
    kept: tuple[int, ...]


def readers(size: Size, source_of: Sequence[int]) -> Iterator[Reader]:
    """Most are up to date, some away for days, some for a month.

    Reader 1 is up to date, 2 has been away for a month, 3 follows one quiet source, 4 has read one
    entry after the other for a month and never marked all, 5 has an account and nothing else. 6
    follows every source and is up to date, 7 follows every source and has never marked anything.
    """
    random = Random(f"readers {size.seed}")
    a_day = max(1, size.entries // SPAN.days)
    ids = list(range(1, size.sources + 1))
    weights = [1 / (rank + 30) for rank in ids]
    for id_ in range(1, size.readers + 1):
        many = min(size.sources, max(3, round(random.gauss(FOLLOWED, 12))))
        followed = tuple(dict.fromkeys(random.choices(ids, weights, k=many * 2)))[:many]
        kind = random.choices(("marks all", "opens", "days", "month"), (45, 35, 12, 8))[0]
        kind = _KINDS.get(id_, kind)
        followed = {3: (size.sources,), 5: (), 6: tuple(ids), 7: tuple(ids)}.get(id_, followed)
        behind = {"marks all": random.random() * 0.3, "opens": random.uniform(1, 5),
                  "days": random.uniform(1, 9), "month": 30, "new": 0,
                  "never": SPAN.days + 1}[kind]  # fmt: skip
        behind = 30 if id_ == 4 else behind
        mark = max(0, size.entries - round(behind * a_day))
        theirs = set(followed)
        after = [each for each in range(mark + 1, size.entries + 1) if source_of[each] in theirs]
        share = {"marks all": 0.3, "opens": 0.92, "days": 0.1, "month": 0, "new": 0, "never": 0}[
            kind
        ]
        read = tuple(each for each in after if random.random() < share)
        oldest = max(1, mark - 20 * a_day)
        some = [random.randrange(oldest, mark + 1) for _ in range(60)] if mark else []
        kept = tuple({each for each in some if source_of[each] in theirs})[:4]
        yield Reader(id_, followed, mark, read, kept)


def _key(kind: str, number: int) -> int:
    """64 bits with a sign, as fingerprints are."""
    digest = hashlib.blake2b(f"{kind} {number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


# --- into the database -----------------------------------------------------------------------

COLUMNS = {
    "sources": "id slug name_ar name_fr name_en country language timezone site position enabled",
    "feeds": (
        "id source_id url section position enabled created_at status status_since failures"
        " last_polled_at last_success_at next_poll_at interval_s newest_entry_at entry_count"
        " clamped_dates"
    ),
    "entries": (
        "id feed_id source_id identity guid url url_key text_key title_key revision text_revision"
        " title author summary image_url language direction word_count published_at fetched_at"
        " duplicate_of"
    ),
    "entry_contents": "entry_id content categories enclosures",
    "users": "id name name_key password_hash role created_at",
    "user_sessions": "token_hash user_id created_at expires_at user_agent",
    "source_subscriptions": "user_id source_id followed_at",
    "read_marks": "user_id source_id up_to",
    "read_exceptions": "user_id entry_id source_id read",
    "stars": "user_id entry_id starred_at",
    "search_docs": search_data.DOC_COLUMNS,
}

Insert = Callable[[str, Rows], None]
IndexRows = Callable[[Sequence[search_data.Document]], Rows]


def fill(insert: Insert, index_rows: IndexRows, size: Size, now: datetime) -> None:
    """Every table, parents first."""
    texts = Texts(size.seed)
    rows = list(sources(size))
    languages = ["", *(row[6] for row in rows)]
    source_of = [0]
    counts = [0] * (size.sources + 1)
    for arrival in arrivals(size, now):
        source_of.append(arrival.source)
        counts[arrival.source] += 1
    insert("sources", rows)
    insert("feeds", feeds(size, counts, now))
    insert("entries", (entry(each, texts, languages) for each in arrivals(size, now)))
    insert("entry_contents", (content(each, texts) for each in arrivals(size, now)))
    _fill_index(insert, index_rows, size, texts, languages, now)
    insert("users", (_user(id_, now) for id_ in range(1, size.readers + 1)))
    insert("user_sessions", (_session(id_, now) for id_ in range(1, size.readers + 1)))
    _fill_readers(insert, size, source_of, now)


def _fill_index(
    insert: Insert,
    index_rows: IndexRows,
    size: Size,
    texts: Texts,
    languages: Sequence[str],
    now: datetime,
) -> None:
    tokens = 0
    found = search_data.documents(arrivals(size, now), texts, languages)
    for chunk in _chunks(found, _CHUNK):
        chunk.sort()
        insert("search_docs", search_data.doc_rows(chunk))
        insert("search_index", index_rows(chunk))
        tokens += sum(each.words.length for each in chunk)
    insert("search_state", [(1, INDEX_VERSION, 0, 0, size.entries, tokens, 0)])


def _fill_readers(insert: Insert, size: Size, source_of: Sequence[int], now: datetime) -> None:
    random = Random(f"stars {size.seed}")
    for group in _chunks(readers(size, source_of), 50):
        insert(
            "source_subscriptions",
            ((each.id, id_, now - SPAN) for each in group for id_ in sorted(each.followed)),
        )
        insert(
            "read_marks",
            ((each.id, id_, each.mark) for each in group for id_ in sorted(each.followed)),
        )
        insert(
            "read_exceptions",
            (
                (each.id, id_, source_of[id_], read)
                for each in group
                for id_, read in sorted(
                    [*((id_, True) for id_ in each.read), *((id_, False) for id_ in each.kept)]
                )
            ),
        )
        insert(
            "stars",
            (
                (each.id, id_, now)
                for each in group
                for id_ in sorted(random.sample(range(1, size.entries + 1), 20))
            ),
        )


def _user(id_: int, now: datetime) -> Row:
    name = f"reader{id_:05}"
    return id_, name, name, "", "reader", now - SPAN


def _session(id_: int, now: datetime) -> Row:
    hashed = hashlib.sha256(session_token(id_).encode()).hexdigest()
    return hashed, id_, now, now + timedelta(days=30), "benchmark"


def _chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def fill_sqlite(database: Database, size: Size, now: datetime) -> None:
    """Indexes that are not constraints are made at the end, from sorted rows."""
    with closing(database.engine.raw_connection()) as connection:
        raw = connection.driver_connection
        assert raw is not None
        for pragma in ("synchronous = OFF", "cache_size = -800000", "foreign_keys = OFF"):
            raw.execute(f"PRAGMA {pragma}")
        indexes = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            " AND tbl_name IN ('entries', 'read_exceptions')"
        ).fetchall()
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}")
        raw.execute("DELETE FROM search_state")
        columns = COLUMNS | {
            "search_index": search_data.FTS_COLUMNS,
            "search_state": search_data.STATE_COLUMNS,
        }

        def insert(table: str, rows: Rows) -> None:
            names = columns[table].split()
            places = ", ".join("?" * len(names))
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"
            raw.execute("BEGIN")
            raw.executemany(statement, (tuple(map(_for_sqlite, row)) for row in rows))
            raw.execute("COMMIT")

        fill(insert, search_data.fts_rows, size, now)
        for _, statement in indexes:
            raw.execute(statement)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def fill_postgresql(database: Database, size: Size, now: datetime) -> None:
    """By COPY; sequences and statistics are brought up to date."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename IN ('entries', 'read_exceptions', 'search_index')"
            " AND indexname LIKE 'ix_%'"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"'.encode())
        connection.execute(b"DELETE FROM search_state")
        columns = COLUMNS | {
            "search_index": search_data.VECTOR_COLUMNS,
            "search_state": search_data.STATE_COLUMNS,
        }

        def insert(table: str, rows: Rows) -> None:
            names = ", ".join(columns[table].split())
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy,
            ):
                for row in rows:
                    copy.write_row(row)

        fill(insert, search_data.vector_rows, size, now)
        for _, statement in indexes:
            connection.execute(statement.encode())
        for table in ("sources", "feeds", "entries", "users"):
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id))"
                f" FROM {table}".encode()
            )
        connection.execute(b"VACUUM ANALYZE")


def _for_sqlite(value: Any) -> Any:
    """Times as `UtcTime` stores them."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return value


def fill_database(database: Database, size: Size) -> bool:
    """Migrate and fill a database; False where there are entries in it already."""
    migrate(database)
    with database.read() as session:
        if session.execute(text("SELECT 1 FROM entries LIMIT 1")).first():
            return False
    write = fill_sqlite if database.is_sqlite else fill_postgresql
    write(database, size, datetime.now(UTC).replace(microsecond=0))
    return True


@click.command()
@click.option("--database", "url", required=True, help="Of a database that does not exist yet.")
@click.option("--entries", default=1_000_000, show_default=True)
@click.option("--sources", "many", default=200, show_default=True)
@click.option("--readers", "people", default=1000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(url: str, entries: int, many: int, people: int, seed: int) -> None:
    """Fill an empty database."""
    started = time.monotonic()
    database = Database(url)
    if not fill_database(database, Size(entries, many, people, seed)):
        raise click.ClickException("There are entries in this database already.")
    with database.read() as session:
        for table in COLUMNS:
            count = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            click.echo(f"{count:>10,} {table}")
    database.close()
    click.echo(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
