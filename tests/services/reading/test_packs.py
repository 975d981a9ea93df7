"""Following packs and undoing it."""

from __future__ import annotations

import pytest

from aggregator.errors import NotFound
from aggregator.services.desk import topics as desk
from aggregator.services.reading import following, packs, topics
from aggregator.storage.engine import Database
from aggregator.storage.listing.filters import followed_sources
from aggregator.types import LocalizedName, LocalizedText, PackSpec, User
from aggregator.types.topics import TopicContent
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

NAME = LocalizedName("اسم", "Nom", "Name")
WATER = PackSpec("water", NAME, ("a",), ("water", "draft", "unknown"))


@pytest.fixture
def amina(database: Database) -> User:
    """A reader; sources a, b, c in Arabic, of which b is followed, and d, no longer configured."""
    with database.write() as session:
        for position, slug in enumerate("abc"):
            feed = make_feed(
                session, make_source(session, slug, position=position), f"https://{slug}.example/"
            )
            make_entry(session, feed, age=2)
        make_source(session, "d", position=3, enabled=False)
        editor = make_user(session, "Brahim", "editor")
        for slug, state in (("water", "published"), ("draft", "draft")):
            content = TopicContent(slug, LocalizedText(ar="الماء"), rule="ماء", state=state)  # type: ignore[arg-type]  # states
            desk.create(session, editor, content, NOW)
        reader = make_user(session)
        following.follow(session, reader, "b", NOW)
        return reader


def followed(database: Database, reader: User) -> list[str]:
    with database.read() as session:
        return [
            *followed_sources(session, reader.id).values(),
            *(each.topic.content.slug for each in topics.list_followed(session, reader)),
        ]


def test_one_click_follows_all_and_undoing_leaves_what_was_followed_before(
    database: Database, amina: User
) -> None:
    with database.read() as session:
        (offered,) = packs.list_packs(session, amina, (), ("ar",))
    assert (offered.pack.slug, offered.new_count) == ("ma-ar", 2)
    assert [source.slug for source in offered.sources] == ["a", "b", "c"]
    with database.write() as session:
        done = packs.follow_pack(session, amina, "ma-ar", (), NOW)
    assert followed(database, amina) == ["a", "b", "c"]
    with database.write() as session:
        again = packs.follow_pack(session, amina, "ma-ar", (), NOW)
        assert (again.source_ids, again.topic_ids) == ((), ())
        assert packs.list_packs(session, amina, (), ("ar",)) == ()
        packs.undo_pack(session, amina, done.source_ids, done.topic_ids)
    assert followed(database, amina) == ["b"]


def test_a_configured_pack_replaces_the_others_and_has_published_topics(
    database: Database, amina: User
) -> None:
    with database.read() as session:
        (offered,) = packs.list_packs(session, amina, [WATER], ("ar",))
    assert (offered.pack.name, offered.new_count) == (NAME, 2)
    with database.write() as session:
        done = packs.follow_pack(session, amina, "water", [WATER], NOW)
    assert followed(database, amina) == ["a", "b", "water"]
    with database.write() as session:
        packs.undo_pack(session, amina, done.source_ids, done.topic_ids)
    assert followed(database, amina) == ["b"]


def test_what_is_no_pack(database: Database, amina: User) -> None:
    with database.write() as session, pytest.raises(NotFound):
        packs.follow_pack(session, amina, "ma-ar", [WATER], NOW)
