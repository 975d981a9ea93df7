"""Entries in the order of arrival, compared with a list that is made by hand."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from aggregator.storage.engine import Database
from aggregator.storage.listing import arrivals
from aggregator.storage.listing.arrivals import (
    Bounds,
    Listed,
    OfSources,
    OfTopic,
    Part,
    Starred,
    Tagged,
)
from aggregator.storage.models import Entry, ReadException, ReadMark, Tag, TopicEntry, TopicRow
from aggregator.storage.readers import tags
from tests.builders import NOW, make_entry, make_feed, make_source, make_star, make_user

ENTRIES = 120


class World:
    """Four sources; entries of which some are copies, read, starred, tagged, in a topic."""

    def __init__(self, session: Session, seed: int) -> None:
        random = Random(seed)
        self.session = session
        self.reader = make_user(session).id
        other = make_user(session, "Brahim").id
        feeds = [
            make_feed(session, make_source(session, f"s{n}"), f"https://{n}.example/")
            for n in range(4)
        ]
        self.source_of: dict[int, int] = {}
        self.original: dict[int, int] = {}
        for _ in range(ENTRIES):
            originals = [id_ for id_ in self.source_of if id_ not in self.original]
            copied = random.choice(originals) if originals and random.random() < 0.3 else None
            source = random.randrange(4)
            id_ = make_entry(session, feeds[source], duplicate_of=copied)
            self.source_of[id_] = session.get_one(Entry, id_).source_id
            if copied:
                self.original[id_] = copied
        ids = list(self.source_of)
        sources = sorted(set(self.source_of.values()))
        marks = {source: random.choice(ids) for source in sources[:3]}
        said = {id_: random.random() < 0.5 for id_ in random.sample(ids, 40)}
        session.execute(
            insert(ReadMark),
            [{"user_id": self.reader, "source_id": k, "up_to": v} for k, v in marks.items()],
        )
        session.execute(
            insert(ReadException),
            [
                {"user_id": self.reader, "entry_id": k, "source_id": self.source_of[k], "read": v}
                for k, v in said.items()
            ],
        )
        self.read = {id_ for id_ in ids if said.get(id_, id_ <= marks.get(self.source_of[id_], 0))}
        self.starred = set(random.sample(ids, 15))
        self.tagged = set(random.sample(ids, 15))
        self.topic = set(random.sample(ids, 30))
        for id_ in self.starred:
            make_star(session, self.reader, id_)
        tags.tag_entries(session, self.reader, sorted(self.tagged), ["سد"], NOW)
        make_star(session, other, ids[0])
        tags.tag_entries(session, other, ids, ["سد"], NOW)
        self.tag_id = session.query(Tag.id).filter_by(user_id=self.reader).scalar()
        self._make_topic()
        self.sources = sources
        self.ids = ids

    def _make_topic(self) -> None:
        values = {
            "slug": "t", "content": {}, "rule": "", "state": "published", "revision": 1,
            "rule_version": 1, "updated_at": NOW, "updated_by": "",
        }  # fmt: skip
        topic = insert(TopicRow).values(values).returning(TopicRow.id)
        self.topic_id = self.session.execute(topic).scalar_one()
        self.session.execute(
            insert(TopicEntry),
            [
                {"topic_id": self.topic_id, "entry_id": id_, "published_at": NOW, "by_rule": True,
                 "why": []}
                for id_ in self.topic
            ],
        )  # fmt: skip

    def members(self, part: Part) -> set[int]:
        match part:
            case OfSources(sources):
                return {id_ for id_ in self.ids if self.source_of[id_] in sources}
            case OfTopic(_, above):
                return {id_ for id_ in self.topic if id_ > above}
            case Starred():
                return self.starred
            case Tagged():
                return self.tagged
            case Listed(listed):
                return set(listed).intersection(self.ids)

    def expected(self, parts: list[Part], bounds: Bounds, unread: bool) -> list[int]:
        wanted = {id_ for part in parts for id_ in self.members(part)}
        if unread:
            wanted -= self.read
        wanted = {id_ for id_ in wanted if bounds.above < id_ <= bounds.up_to}
        return sorted(wanted, reverse=not bounds.oldest_first)

    def folded(self, parts: list[Part], ids: list[int]) -> list[int]:
        scope = {id_ for part in parts for id_ in self.members(part)}

        def first(id_: int) -> int:
            original = self.original.get(id_, id_)
            group = [original, *sorted(k for k, v in self.original.items() if v == original)]
            return next(each for each in group if each in scope)

        return [id_ for id_ in ids if first(id_) == id_]


@pytest.mark.parametrize("seed", range(3))
def test_any_union_in_any_order(database: Database, seed: int) -> None:
    random = Random(seed)
    with database.write() as session:
        world = World(session, seed)
        choices: list[Part] = [
            OfSources(frozenset(world.sources)),
            OfSources(frozenset(world.sources[:2])),
            OfSources(frozenset(world.sources[3:])),
            OfSources(frozenset()),
            OfTopic(world.topic_id),
            arrivals.latest_of_topic(session, world.topic_id, 7),
            Starred(),
            Tagged(world.tag_id),
            Listed((*random.sample(world.ids, 9), 10**6)),
            Listed(()),
        ]
        for _ in range(60):
            parts = random.sample(choices, random.randint(1, 3))
            low, high = sorted(random.sample(range(ENTRIES + 10), 2))
            bounds = random.choice([Bounds(), Bounds(low, high)])
            bounds = Bounds(bounds.above, bounds.up_to, random.random() < 0.5)
            unread = random.random() < 0.5
            expected = world.expected(parts, bounds, unread)
            limit = random.choice([1, 3, 10, 1000])
            found, position = [], bounds
            while True:
                page = arrivals.find_arrivals(
                    session, world.reader, parts, position, limit, unread=unread
                )
                found += page
                if len(page) < limit:
                    break
                position = position.after(page[-1].id)
            assert [each.id for each in found] == expected
            folded = arrivals.fold(session, world.reader, parts, found)
            assert [each.id for each in folded] == world.folded(parts, expected)
            some = random.sample(world.ids, 20)
            members = {id_ for part in parts for id_ in world.members(part)}
            among = arrivals.members_among(session, world.reader, parts, some)
            assert among == members.intersection(some)


def test_the_latest_of_a_topic(database: Database) -> None:
    with database.write() as session:
        world = World(session, 1)
        latest = arrivals.latest_of_topic(session, world.topic_id, 7)
        assert sorted(world.members(latest)) == sorted(world.topic)[-7:]
        assert arrivals.latest_of_topic(session, world.topic_id, 1000).above == 0


def test_the_latest_of_sources(database: Database) -> None:
    with database.write() as session:
        world = World(session, 1)
        empty = make_source(session, "empty")
        found = arrivals.latest_of_sources(session, [*world.sources[:2], empty])
        assert found == {
            source: max(world.members(OfSources(frozenset([source]))))
            for source in world.sources[:2]
        }
