"""Following a source: which entries count as unread, unfollowing, other sources on offer."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.services.reading import following, marking, muting
from aggregator.services.reading.following import FollowingView
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, ReadException
from aggregator.storage.readers import read_state
from aggregator.types import LocalizedName, SourceRef, User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user, unread_counts_of


def view(session: Session, reader: User) -> FollowingView:
    return following.get_following_view(session, reader, unread_counts_of(session, reader))


@pytest.fixture
def amina(database: Database) -> User:
    """A reader; of hespress entries 1 to 5 in the order of a first poll, of medias24 entry 6."""
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for age in (2, 30, 4, 50, 70):
            make_entry(session, feed, f"{age} hours old", age=age)
        other = make_source(session, "medias24", position=1)
        make_entry(session, make_feed(session, other, "https://m.example/feed"), age=40)
        make_source(session, "new", position=2)
        make_source(session, "gone", position=3, enabled=False)
        return make_user(session)


def unread(database: Database, reader: User) -> list[int]:
    with database.read() as session:
        rows = session.execute(select(Entry.id, Entry.source_id).order_by(Entry.id)).all()
        read = read_state.read_ids(session, reader.id, rows)
        return [row.id for row in rows if row.id not in read]


def test_news_are_unread_and_the_archive_is_read(database: Database, amina: User) -> None:
    with database.write() as session:
        marking.mark_entries(session, amina, [3], True, NOW)
        assert following.follow(session, amina, "hespress", NOW).slug == "hespress"
    assert unread(database, amina) == [1, 6]
    with database.write() as session:
        following.follow(session, amina, "hespress", NOW)
        following.follow(session, amina, "new", NOW)
        assert (
            following.get_following_view(
                session, amina, unread_counts_of(session, amina)
            ).total_unread
            == 1
        )
    assert unread(database, amina) == [1, 6]


def test_what_was_kept_unread_stays_so(database: Database, amina: User) -> None:
    with database.write() as session:
        marking.mark_entries(session, amina, [4, 6], False, NOW)
        following.follow_all(session, amina, [1, 2], NOW)
    assert unread(database, amina) == [1, 3, 4, 6]


def test_an_archive_that_came_in_order_costs_no_rows(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for age in range(60, 0, -10):
            make_entry(session, feed, f"{age} hours old", age=age)
        amina = make_user(session)
        marking.mark_entries(session, amina, [1, 2], True, NOW)
        following.follow(session, amina, "hespress", NOW)
        rows = session.execute(select(func.count()).select_from(ReadException)).scalar_one()
        assert rows == 0
    assert unread(database, amina) == [5, 6]


def test_unfollowing_is_taken_back_as_it_was(database: Database, amina: User) -> None:
    with database.write() as session:
        following.follow(session, amina, "medias24", NOW)
        marking.mark_entries(session, amina, [6], False, NOW)
        following.unfollow(session, amina, "medias24")
        assert view(session, amina).followed == ()
        following.unfollow(session, amina, "medias24")
        following.follow(session, amina, "medias24", NOW, as_before=True)
        (followed,) = following.get_following_view(
            session, amina, unread_counts_of(session, amina)
        ).followed
    assert (followed.source.slug, followed.unread) == ("medias24", 1)


def test_what_there_is_to_follow_besides(database: Database, amina: User) -> None:
    with database.write() as session:
        following.follow(session, amina, "new", NOW)
        muting.mute_source(session, amina, "gone", True, NOW)
        found = view(session, amina)
        chosen = following.follow_state(session, amina)
    assert [source.slug for source in found.others] == ["hespress", "medias24"]
    assert [source.slug for source in found.mutes.sources] == ["gone"]
    assert (chosen.followed, chosen.muted) == ({"new"}, {"gone"})


def test_only_sources_that_exist(database: Database, amina: User) -> None:
    with database.write() as session:
        with pytest.raises(NotFound):
            following.follow(session, amina, "nobody", NOW)
        with pytest.raises(NotFound):
            following.unfollow(session, amina, "nobody")


HESPRESS = SourceRef(1, "hespress", LocalizedName("هسبريس", "Hespress", "Hespress"), "MA", "ar")
ECHO = SourceRef(2, "echo", LocalizedName("صدى الأمة", "Écho", "The Echo"), "TN", "fr")


@pytest.mark.parametrize(
    ("words", "country", "language", "found"),
    [
        ("", None, None, [HESPRESS, ECHO]),
        ("HESP", None, None, [HESPRESS]),
        ("صدي الامه", None, None, [ECHO]),
        ("echo the", None, None, [ECHO]),
        ("écho", "TN", "fr", [ECHO]),
        ("", "TN", None, [ECHO]),
        ("", None, "ar", [HESPRESS]),
        ("echo", "MA", None, []),
        ("%", None, None, []),
    ],
)
def test_sources_are_found_however_they_are_spelled(
    words: str, country: str | None, language: str | None, found: list[SourceRef]
) -> None:
    assert list(following.filter_sources([HESPRESS, ECHO], words, country, language)) == found
