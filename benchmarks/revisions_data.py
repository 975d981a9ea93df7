"""A large archive with former versions of its entries, written straight into a database.

Only the tables that pages of changes read: no readers and no search index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import text

from aggregator.process.revisions.deltas import encode_delta
from aggregator.process.revisions.significance import compare
from aggregator.services.desk import topics
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from aggregator.types import CHANGE_SIZES, EntryText, LocalizedText, TopicContent, User
from benchmarks.readers_rows import (
    Arrival,
    Row,
    Size,
    Texts,
    arrivals,
    content,
    entry,
    feeds,
    sources,
)
from benchmarks.readers_tables import bulk_insert

# Changes of the last day; the others are spread over the year.
TODAY = 1_000
# One entry in this many is in the topic.
_IN_TOPIC = 40
_MARK = (
    "UPDATE entries SET revision_count = 1, change_size ="
    " (SELECT size FROM entry_revisions WHERE entry_id = entries.id)"
    " WHERE id IN (SELECT entry_id FROM entry_revisions)"
)


@dataclass(frozen=True)
class Archive:
    """What is filled in: `revisions` of the entries were changed once."""

    size: Size
    revisions: int
    now: datetime


def fill_archive(database: Database, archive: Archive) -> None:
    """Migrate and fill an empty database."""
    migrate(database)
    size, texts = archive.size, Texts(archive.size.seed)
    rows = list(sources(size))
    languages = ["", *(row[6] for row in rows)]
    with database.write() as session:
        words = LocalizedText("الماء", "L’eau", "Water")
        topic = TopicContent("water", words, rule="سدود", state="published")
        topics.create(session, User(1, "Brahim", "editor"), topic, archive.now)
    with bulk_insert(database, "entries", "entry_revisions") as insert:
        insert("sources", rows)
        insert("feeds", feeds(size, [0] * (size.sources + 1), archive.now))
        insert("entries", (entry(each, texts, languages) for each in _arrivals(archive)))
        insert("entry_contents", (content(each, texts) for each in _arrivals(archive)))
        insert("entry_revisions", _revisions(archive, texts))
        insert(
            "topic_entries",
            (
                (1, each.id, each.published_at, True, '["سدود"]')
                for each in _arrivals(archive)
                if each.id % _IN_TOPIC == 0
            ),
        )
        with database.write() as session:  # before PostgreSQL's tables are vacuumed
            session.execute(text(_MARK))


def _arrivals(archive: Archive) -> Iterator[Arrival]:
    return arrivals(archive.size, archive.now)


def _revisions(archive: Archive, texts: Texts) -> Iterator[Row]:
    """Rows of `entry_revisions`."""
    random = Random(f"revisions {archive.size.seed}")
    many = archive.size.entries
    last_day = range(max(1, many - many // archive.size.days), many + 1)
    chosen = set(random.sample(last_day, min(TODAY, len(last_day) // 2)))
    chosen |= set(random.sample(range(1, last_day[0]), archive.revisions - len(chosen)))
    for arrival in _arrivals(archive):
        if arrival.id in chosen:
            yield _revision(arrival, texts, archive.now, random)


def _revision(arrival: Arrival, texts: Texts, now: datetime, random: Random) -> Row:
    after = version_of(arrival, texts)
    before, change = after, None
    while change is None:  # an edit may fall into what is not compared
        before = edited(after, random)
        change = compare(before, after)
    seen_at = min(now, arrival.fetched_at + timedelta(seconds=random.expovariate(1 / 3600)))
    size = CHANGE_SIZES.index(change.size) + 1
    silent, delta = random.random() < 0.9, encode_delta(before, after)
    return arrival.id, 1, arrival.source, seen_at, size, silent, change.title_changed, delta


def version_of(arrival: Arrival, texts: Texts) -> EntryText:
    """What an entry says now."""
    number = arrival.duplicate_of or arrival.id
    first, _ = texts.paragraphs(number)
    return EntryText(texts.title(number), first[:400], str(content(arrival, texts)[1]))


def edited(version: EntryText, random: Random) -> EntryText:
    """The version with one of the changes that desks make: some letters up to a paragraph."""
    words = version.content.split(" ")
    kind = random.choice(("typo", "word", "figure", "headline", "sentence", "paragraph"))
    place = random.randrange(2, len(words) - 2)
    if kind == "typo":
        words[place] += "ه"
    elif kind == "word":
        words[place] = "المستجدات"
    elif kind == "figure":
        words[place] = str(random.randrange(10, 999))
    elif kind == "sentence":
        del words[place : place + 12]
    elif kind == "paragraph":
        words.append(f"</p><p>{_sentence(words, random)}</p>")
    title = f"{version.title} و{words[2]}" if kind == "headline" else version.title
    return EntryText(title, version.summary, " ".join(words))


def _sentence(words: Sequence[str], random: Random) -> str:
    plain = [word for word in words if "<" not in word]
    return " ".join(random.choice(plain) for _ in range(25))
