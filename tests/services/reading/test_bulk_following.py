"""Following sources, topics and stories, many at once."""

from __future__ import annotations

import pytest

from aggregator.errors import InvalidInput
from aggregator.services.desk import topics
from aggregator.services.reading.bulk_following import follow_targets, list_followed
from aggregator.storage.engine import Database
from aggregator.types import FollowTargets, LocalizedText, TopicContent, User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

AMINA = User(1, "Amina", "reader")
BRAHIM = User(2, "Brahim", "editor")


@pytest.fixture
def newsroom(database: Database) -> Database:
    """Hespress with entry 1, Médias24, the topic "water" and the draft "sea"."""
    with database.write_exclusive() as session:
        make_user(session)
        make_user(session, "Brahim", "editor")
        make_entry(session, make_feed(session, make_source(session)), "السدود")
        make_source(session, "medias24", position=1)
        for slug, state in (("water", "published"), ("sea", "draft")):
            content = TopicContent(slug, LocalizedText(ar="الماء"), rule="سدود", state=state)
            topics.create(session, BRAHIM, content, NOW)
    return database


def test_what_exists_is_followed_and_the_rest_named(newsroom: Database) -> None:
    wanted = FollowTargets(
        ("medias24", "nobody", "hespress", "hespress"), ("sea", "water"), (1, 99, 1)
    )
    for _ in range(2):
        with newsroom.write() as session:
            found, unknown = follow_targets(session, AMINA, wanted, True, NOW)
            assert found == FollowTargets(("medias24", "hespress"), ("water",), (1,))
            assert unknown == FollowTargets(("nobody",), ("sea",), (99,))
            followed = list_followed(session, AMINA)
            assert followed == FollowTargets(("hespress", "medias24"), ("water",), (1,))
            assert list_followed(session, BRAHIM) == FollowTargets()


def test_unfollowing(newsroom: Database) -> None:
    wanted = FollowTargets(("medias24", "hespress"), ("water",), (1,))
    with newsroom.write() as session:
        follow_targets(session, AMINA, wanted, True, NOW)
        for _ in range(2):
            some = FollowTargets(("hespress", "nobody"), ("water",), (1,))
            found, unknown = follow_targets(session, AMINA, some, False, NOW)
            assert found == FollowTargets(("hespress",), ("water",), (1,))
            assert unknown == FollowTargets(("nobody",))
            assert list_followed(session, AMINA) == FollowTargets(("medias24",))


def test_nothing_is_no_request(newsroom: Database) -> None:
    with newsroom.write() as session, pytest.raises(InvalidInput, match="at least one"):
        follow_targets(session, AMINA, FollowTargets(), True, NOW)
