"""Digests that are kept as entries arrive are those of a rebuild, and lists follow the entries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import affected_story_ids, delete_before
from aggregator.storage.listing.filters import SourceScope
from aggregator.storage.listing.story_members import hidden_by_story
from aggregator.storage.models import Entry, StoryEntry, StoryLanguage, StoryRow, StorySource
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_marks import ReadSnapshot, set_read
from aggregator.storage.stories import write
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

LANGUAGES = ("ar", "fr", "en")
SOURCES = 5
SECTIONS = ("", "sport", "world")
STEPS = 40


@dataclass
class Newsroom:
    """Random operations on stories."""

    session: Session
    random: Random
    feeds: list[int]
    ids: list[int] = field(default_factory=list)

    def step(self) -> None:
        """Do one of what can happen to stories; arrivals most often."""
        operations = (self.arrive, self.merge, self.split, self.delete, self.move, self.expire)
        self.random.choices(operations, (30, 2, 2, 2, 1, 1))[0]()

    def arrive(self) -> None:
        """A batch: the originals first, then the copies, as they are assigned."""
        new = [self._entry() for _ in range(self.random.randint(1, 3))]
        for wants_copies in (False, True):
            rows = [self._row(id_, copy) for id_, copy in new if (copy is not None) == wants_copies]
            write.assign_stories(self.session, rows)

    def _entry(self) -> tuple[int, int | None]:
        random = self.random
        copy = random.choice(self.ids) if self.ids and random.random() < 0.25 else None
        copy = copy and self._original(copy)
        id_ = make_entry(
            self.session,
            random.choice(self.feeds),
            age=random.choice((1, 1, 2, 5, random.uniform(0, 60))),
            language=random.choice(LANGUAGES),
            word_count=random.choice((50, 90, 300)),
            section=random.choice(SECTIONS),
            duplicate_of=copy,
        )
        self.ids.append(id_)
        return id_, copy

    def _original(self, id_: int) -> int | None:
        found = select(Entry.duplicate_of).where(Entry.id == id_)
        return self.session.execute(found).scalar_one() or id_

    def _row(self, id_: int, copy: int | None) -> dict[str, Any]:
        stories = write.stories_of(self.session, self.ids)
        near = self.random.choice([*self.ids[-12:], id_])
        story = stories[copy] if copy is not None else stories.get(near, near)
        reprints = copy is not None or self.random.random() < 0.3
        agency = self.random.choice(("", "", "MAP", "AFP"))
        return {
            "entry_id": id_, "story_id": story, "agency": agency, "section": self._section(id_),
            "reprint_of": (copy or near) if reprints and near != id_ else copy,
        }  # fmt: skip

    def _section(self, id_: int) -> str:
        """Its own, as far as it has not been listed with others yet."""
        found = select(Entry.section).where(Entry.id == id_)
        return self.session.execute(found).scalar_one()

    def _stories(self) -> list[int]:
        return list(self.session.execute(select(StoryRow.id).order_by(StoryRow.id)).scalars())

    def merge(self) -> None:
        """An editor merges two."""
        if len(stories := self._stories()) > 1:
            keeping, going = sorted(self.random.sample(stories, 2))
            write.merge_stories(self.session, keeping, going)
            write.refresh(self.session, [keeping])

    def split(self) -> None:
        """An editor takes some entries out."""
        if stories := self._stories():
            story = self.random.choice(stories)
            members = select(StoryEntry.entry_id).where(StoryEntry.story_id == story)
            ids = list(self.session.execute(members).scalars())
            some = self.random.sample(ids, self.random.randint(1, len(ids) - 1))
            write.split_story(self.session, story, some, "Brahim", NOW)

    def delete(self) -> None:
        """An entry goes."""
        alone = [id_ for id_ in self.ids if self._original(id_) == id_]
        copied = set(self.session.execute(select(Entry.duplicate_of)).scalars())
        free = [id_ for id_ in alone if id_ not in copied]
        if free:
            id_ = self.random.choice(free)
            changed = affected_story_ids(self.session, [id_])
            self.session.execute(delete(Entry).where(Entry.id == id_))
            write.refresh(self.session, changed)
            self.ids.remove(id_)

    def move(self) -> None:
        """An entry is assigned again, elsewhere."""
        if self.ids:
            write.assign_stories(self.session, [self._row(self.random.choice(self.ids), None)])

    def expire(self) -> None:
        """Retention deletes the oldest; a copy becomes the original."""
        delete_before(self.session, NOW, NOW, limit=2)
        self.ids[:] = self.session.execute(select(Entry.id).order_by(Entry.id)).scalars()


def everything(session: Session) -> dict[str, Any]:
    """All that is kept of stories."""
    found: dict[str, Any] = {
        model.__tablename__: session.execute(
            select(table(model)).order_by(*table(model).primary_key)
        ).all()
        for model in (StoryRow, StoryLanguage, StorySource)
    }
    folded = select(StoryEntry.entry_id).where(StoryEntry.folded).order_by(StoryEntry.entry_id)
    sections = session.execute(select(Entry.id, Entry.section).order_by(Entry.id)).all()
    return found | {"folded": session.execute(folded).scalars().all(), "sections": sections}


def sections_by_story(session: Session) -> dict[int, tuple[set[str], set[str]]]:
    """The sections that the entries of each story are listed in, and those that most are of."""
    rows = session.execute(
        select(StoryEntry.story_id, StoryEntry.section, Entry.section, Entry.duplicate_of)
        .join(Entry, Entry.id == StoryEntry.entry_id)
    ).all()  # fmt: skip
    found: dict[int, tuple[set[str], set[str]]] = {}
    for story in {row.story_id for row in rows}:
        mine = [row for row in rows if row.story_id == story]
        votes = Counter(own for _, own, _, copied in mine if own and copied is None)
        most = {name for name, count in votes.items() if count == max(votes.values())}
        found[story] = {listed for _, _, listed, _ in mine}, most or {""}
    return found


def newest_listed(
    session: Session, sources: frozenset[int] | None, language: str | None
) -> set[int]:
    """What a list hides, from the entries themselves."""
    rows = session.execute(
        select(
            StoryEntry.story_id, Entry.id, Entry.source_id, Entry.language, Entry.published_at,
            Entry.duplicate_of,
        ).join(Entry, Entry.id == StoryEntry.entry_id)
        .order_by(Entry.published_at, Entry.id)
    ).all()  # fmt: skip
    newest = {
        row.story_id: row.id
        for row in rows
        if row.duplicate_of is None
        and (sources is None or row.source_id in sources)
        and language in (None, row.language)
    }
    return {row.id for row in rows if newest.get(row.story_id, row.id) != row.id}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_digests_are_those_of_a_rebuild(database: Database, seed: int) -> None:
    random = Random(seed)
    with database.write_exclusive() as session:
        feeds = [
            make_feed(session, make_source(session, f"s-{n}"), f"https://s-{n}.example/")
            for n in range(SOURCES)
        ]
        newsroom = Newsroom(session, random, feeds)
        for _ in range(STEPS):
            newsroom.step()
        kept = everything(session)
        for listed, most in sections_by_story(session).values():
            assert len(listed) == 1
            assert listed <= most
        assert any(row.entry_count > 5 for row in kept["stories"])
        members = session.execute(select(StoryEntry.story_id).distinct()).scalars().all()
        for model in (StoryLanguage, StorySource, StoryRow):
            session.execute(delete(model))
        write.refresh(session, members)
        assert kept == everything(session)


@pytest.mark.parametrize("seed", range(3))
def test_a_narrowed_list_shows_the_newest_entry_that_it_may(database: Database, seed: int) -> None:
    random = Random(seed)
    with database.write_exclusive() as session:
        feeds = [
            make_feed(session, make_source(session, f"s-{n}"), f"https://s-{n}.example/")
            for n in range(SOURCES)
        ]
        newsroom = Newsroom(session, random, feeds)
        for _ in range(STEPS // 2):
            newsroom.arrive()
        rows = session.execute(select(Entry.id, Entry.source_id, Entry.language)).all()
        source_ids = sorted({row.source_id for row in rows})
        for _ in range(12):
            sources = frozenset(random.sample(source_ids, random.randint(1, SOURCES)))
            language = random.choice((None, *LANGUAGES))
            for chosen in (sources, None):
                if chosen is None and language is None:
                    continue
                listed = {
                    row.id
                    for row in rows
                    if (chosen is None or row.source_id in chosen)
                    and language in (None, row.language)
                }
                scope = None if chosen is None else SourceScope(chosen)
                found = hidden_by_story(session, sorted(listed), scope, language)
                assert found == newest_listed(session, chosen, language) & listed


def test_an_unread_list_shows_the_newest_unread_entry(database: Database) -> None:
    with database.write_exclusive() as session:
        feed = make_feed(session, make_source(session))
        amina = make_user(session)
        ids = [make_entry(session, feed, age=age) for age in (5, 4, 3, 2)]
        rows = [
            {"entry_id": id_, "story_id": ids[0], "reprint_of": None, "agency": ""}
            for id_ in ids[1:]
        ]
        write.assign_stories(session, rows)
        assert hidden_by_story(session, ids, None, None, amina.id) == set(ids[:3])
        set_read(session, amina.id, ids[2:], True, ReadSnapshot())
        assert hidden_by_story(session, ids[:2], None, None, amina.id) == {ids[0]}
        of_feed = SourceScope(frozenset(), feed_id=feed)
        assert hidden_by_story(session, ids, of_feed, None) == set(ids[:3])


def test_adding_an_entry_reads_and_writes_as_much_in_any_story(database: Database) -> None:
    """The number of statements and of changed rows, in a story of five and of a hundred."""
    with database.write_exclusive() as session:
        feed = make_feed(session, make_source(session))
        costs = []
        story = make_entry(session, feed)
        for size in range(2, 102):
            id_ = make_entry(session, feed, age=1 / size)
            row = {"entry_id": id_, "story_id": story, "reprint_of": None, "agency": ""}
            rows_changed: list[int] = []

            def count(_c: Any, cursor: Any, *_: Any, seen: list[int] = rows_changed) -> None:
                seen.append(max(cursor.rowcount, 0))

            connection = session.connection()
            event.listen(connection, "after_cursor_execute", count)
            write.assign_stories(session, [row])
            event.remove(connection, "after_cursor_execute", count)
            costs.append((size, len(rows_changed), sum(rows_changed)))
    assert costs[3][1:] == costs[-1][1:]
