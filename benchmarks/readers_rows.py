"""The rows of a large newsroom with many readers; `readers_data` puts them into a database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from aggregator.types.sections import SECTIONS
from benchmarks.vocabulary import Writer

COPIES = 0.08
LATE = 0.02
FOLLOWED = 40
# Owners of sources; the first owns the next three.
OWNERS = 20
PARAGRAPHS, HEADLINES = 3000, 30_000
_COUNTRIES = ("MA", "MA", "MA", "DZ", "TN", "EG", "SA", "QA", "FR", "GB")
_LANGUAGES = ("ar", "ar", "ar", "ar", "ar", "ar", "fr", "fr", "fr", "en")
_KINDS = {
    1: "marks all", 2: "month", 3: "marks all", 4: "opens", 5: "new", 6: "marks all", 7: "never"
}  # fmt: skip

Row = Sequence[Any]


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    entries: int
    sources: int
    readers: int
    seed: int
    days: int = 365

    @property
    def span(self) -> timedelta:
        """Over how long the entries arrived."""
        return timedelta(days=self.days)


def session_token(reader: int) -> str:
    """The session cookie of a reader; they count from 1."""
    return f"benchmark-reader-{reader:05}"


def owners() -> Iterator[Row]:
    """slug, name_ar, name_fr, name_en, kind, source_url, parents, position"""
    for number in range(OWNERS):
        slug, parents = f"owner-{number:02}", '["owner-00"]' if 0 < number < 4 else "[]"
        yield (slug, f"دار {number}", f"Maison {number}", f"House {number}",
               "state" if number % 4 == 0 else "private", f"https://{slug}.example", parents,
               number)  # fmt: skip


def sources(size: Size) -> Iterator[Row]:
    """As `readers_tables.COLUMNS` has them."""
    for id_ in range(1, size.sources + 1):
        name = f"source-{id_:03}"
        country, language = _COUNTRIES[id_ % 10], _LANGUAGES[id_ % 7 + id_ % 4]
        site = f"https://{name}.example"
        yield (id_, name, f"جريدة {id_}", f"Journal {id_}", f"Paper {id_}", country, language,
               "Africa/Casablanca", site, id_, True, f"owner-{id_ % OWNERS:02}")  # fmt: skip


def feeds(size: Size, entries: Sequence[int], now: datetime) -> Iterator[Row]:
    """One of each source, polled and healthy."""
    begun = now - size.span
    for id_ in range(1, size.sources + 1):
        yield (id_, id_, f"https://source-{id_:03}.example/feed", "general", 0, True, begun,
               "healthy", begun, 0, now, now, now, 900, now, entries[id_], 0)  # fmt: skip


@dataclass(frozen=True)
class Arrival:
    """What is decided about an entry before its words."""

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
    step = size.span / size.entries
    chosen = random.choices(ids, weights, k=size.entries)
    for id_ in range(1, size.entries + 1):
        fetched_at = now - size.span + step * id_
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
        arrival.duplicate_of, section(number),
    )  # fmt: skip


def section(number: int) -> str:
    """The section of an article; a tenth have none."""
    return (*SECTIONS, "society", "")[number * 7 % 10]


def content(arrival: Arrival, texts: Texts) -> Row:
    """A row of `entry_contents`: about 1 kB of HTML."""
    paragraphs = texts.paragraphs(arrival.duplicate_of or arrival.id)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return arrival.id, body, json.dumps(["سياسة"], ensure_ascii=False), "[]"


@dataclass(frozen=True)
class Reader:
    """The reading habits of one reader."""

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
    a_day = max(1, size.entries // size.days)
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
                  "never": size.days + 1}[kind]  # fmt: skip
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
