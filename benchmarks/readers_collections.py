"""What stands beside the entries of a large newsroom: stories, topics, tags, saved searches.

    python -m benchmarks.readers_data --database sqlite:////tmp/many.db --add-stories

Stories get their summaries from the program itself, so that these are as it writes them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from random import Random

from sqlalchemy import select, text, update

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, SourceSubscription, StoryEntry
from aggregator.storage.models.base import table
from aggregator.storage.stories.write import refresh
from aggregator.types import LocalizedText, TopicContent
from benchmarks.readers_rows import Row, Size, session_token
from benchmarks.readers_stories import memberships
from benchmarks.readers_tables import Insert, bulk_insert
from benchmarks.vocabulary import Writer

# Topics by name, each with every so many-th entry.
TOPICS = {"large": 3, **{f"topic-{n}": 20 * n for n in range(1, 11)}, "small": 1000}
TAGS = ("للقراءة", "bank", "économie", "sport", "later")
TAGGED, FOLLOWED_STORIES, SEARCHES = 12, 5, 3
FOLDERS = ("المغرب", "économie")
# Stories that readers follow began among so many of the latest entries.
_FOLLOWED_AMONG = 20_000
_REFRESHED = 500
_WHY = json.dumps(["سدود"], ensure_ascii=False)


@dataclass(frozen=True)
class _Entry:
    id: int
    language: str
    duplicate_of: int | None
    published_at: datetime


def staff(size: Size) -> dict[str, int]:
    """The ids of an editor and of an operator: they come after the readers."""
    return {"editor": size.readers + 1, "operator": size.readers + 2}


def add_collections(database: Database, size: Size) -> bool:
    """Add everything to a database that `fill_database` filled; False if it has stories."""
    with database.read() as session:
        if session.execute(text("SELECT 1 FROM story_entries LIMIT 1")).first():
            return False
        columns = table(Entry).c
        rows = session.execute(
            select(
                columns.id, columns.language, columns.duplicate_of, columns.published_at
            ).order_by(columns.id)
        )
        entries = [_Entry(*row) for row in rows]
    now = datetime.now(UTC).replace(microsecond=0)
    told = list(
        memberships(((each.id, each.language, each.duplicate_of) for each in entries), size.seed)
    )
    with bulk_insert(database, "story_entries", "topic_entries") as insert:
        insert("story_entries", sorted(told, key=itemgetter(0)))
        _insert_topics(insert, entries, size, now)
        _insert_people(insert, size, now)
        _insert_readers(insert, sorted({row[1] for row in told}), size, now)
    _refresh_stories(database)
    _sort_sources(database)
    return True


def first_folder(reader: int) -> int:
    """The id of the first folder of a reader, in which every other source is."""
    return (reader - 1) * len(FOLDERS) + 1


def _sort_sources(database: Database) -> None:
    """Put what readers follow into their folders in turn."""
    follows = table(SourceSubscription)
    number = follows.c.source_id % len(FOLDERS)
    sorted_by_id = (follows.c.user_id - 1) * len(FOLDERS) + 1 + number
    with database.write() as session:
        session.execute(update(follows).values(folder_id=sorted_by_id))


def _refresh_stories(database: Database) -> None:
    stories = table(StoryEntry).c.story_id
    with database.read() as session:
        ids = session.execute(select(stories).distinct().order_by(stories)).scalars().all()
    for start in range(0, len(ids), _REFRESHED):
        with database.write() as session:
            refresh(session, ids[start : start + _REFRESHED])


def _insert_topics(insert: Insert, entries: Sequence[_Entry], size: Size, now: datetime) -> None:
    writer = Writer(f"topics {size.seed}")
    topics = [
        TopicContent(
            slug, LocalizedText(ar=slug, fr=slug, en=slug), rule=writer.phrase(2), state="published"
        )
        for slug in TOPICS
    ]
    stored = [json.dumps(asdict(topic), ensure_ascii=False) for topic in topics]
    numbered = list(enumerate(topics, 1))
    insert(
        "topics",
        (
            (id_, topic.slug, stored[id_ - 1], topic.rule, topic.state, 1, 1, now, "editor", now)
            for id_, topic in numbered
        ),
    )
    insert(
        "topic_revisions",
        ((id_, 1, now, "editor", "", stored[id_ - 1]) for id_, _ in numbered),
    )
    for id_, topic in numbered:
        share = TOPICS[topic.slug]
        insert(
            "topic_entries",
            (
                (id_, each.id, each.published_at, True, _WHY)
                for each in entries
                if each.id % share == 0
            ),
        )


def _insert_people(insert: Insert, size: Size, now: datetime) -> None:
    people = staff(size)
    insert("users", (user_row(id_, now - size.span, role) for role, id_ in people.items()))
    insert("user_sessions", (session_row(id_, now) for id_ in people.values()))


def user_row(id_: int, created_at: datetime, role: str = "reader") -> Row:
    """A row of `users`."""
    name = f"{role}{id_:05}"
    return id_, name, name, "", role, created_at


def session_row(id_: int, now: datetime) -> Row:
    """A row of `user_sessions`: user n is signed in with `session_token(n)`."""
    hashed = hashlib.sha256(session_token(id_).encode()).hexdigest()
    return hashed, id_, now, now + timedelta(days=30), "benchmark"


def _insert_readers(insert: Insert, stories: Sequence[int], size: Size, now: datetime) -> None:
    """Folders, tags, searches, and the topics and stories that they follow."""
    random, writer = Random(f"collections {size.seed}"), Writer(f"searches {size.seed}")
    readers = range(1, size.readers + 1)
    latest = [id_ for id_ in stories if id_ > size.entries - _FOLLOWED_AMONG]
    seen = max(1, size.entries - 1000)
    insert(
        "folders",
        (
            (first_folder(id_) + number, id_, name, name, number, now)
            for id_ in readers
            for number, name in enumerate(FOLDERS)
        ),
    )
    insert("tags", _tags(readers))
    insert("entry_tags", _tagged(readers, size, random, now))
    insert(
        "saved_searches",
        (
            ((id_ - 1) * SEARCHES + number + 1, id_, f"{number}", writer.phrase(1), now, seen)
            for id_ in readers
            for number in range(SEARCHES)
        ),
    )
    insert(
        "story_follows",
        (
            (id_, story, now - timedelta(days=2), seen)
            for id_ in readers
            for story in sorted(random.sample(latest, min(FOLLOWED_STORIES, len(latest))))
        ),
    )
    insert(
        "topic_subscriptions",
        (
            (id_, topic, now - timedelta(days=2), seen)
            for id_ in readers
            for topic in sorted(random.sample(range(1, len(TOPICS) + 1), 3))
        ),
    )


def _tags(readers: Sequence[int]) -> Iterator[Row]:
    for id_ in readers:
        for number, name in enumerate(TAGS, 1):
            yield (id_ - 1) * len(TAGS) + number, id_, name, name


def _tagged(readers: Sequence[int], size: Size, random: Random, now: datetime) -> Iterator[Row]:
    for tag in range(1, len(readers) * len(TAGS) + 1):
        for entry in sorted(random.sample(range(1, size.entries + 1), min(TAGGED, size.entries))):
            yield tag, entry, now
