"""Followed sources survive a round trip through OPML."""

from __future__ import annotations

import tomllib

import pytest
from sqlalchemy.orm import Session

from aggregator.errors import ParseError
from aggregator.parse.opml import Outline, write_opml
from aggregator.services.reading import folders, following
from aggregator.services.reading.subscription_opml import export_followed, import_followed, own_name
from aggregator.storage.engine import Database
from aggregator.storage.listing.filters import followed_sources
from aggregator.types import User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user, unread_counts_of


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        hespress = make_source(session, "hespress", name="هسبريس")
        feed = make_feed(session, hespress, "https://www.hespress.example/feed")
        make_entry(session, feed, age=50)
        make_feed(session, hespress, "https://hespress.example/sport/feed", position=1)
        medias = make_source(session, "medias24", position=1, language="fr")
        make_feed(session, medias, "http://m.example/", adopted_url="https://m.example/rss")
        gone = make_source(session, "gone", position=2, enabled=False)
        make_feed(session, gone, "https://gone.example/feed", enabled=False)
        return make_user(session)


def test_a_round_trip(database: Database, amina: User) -> None:
    with database.write() as session:
        brahim = make_user(session, "Brahim", "editor")
        following.follow_all(session, amina, [1, 2, 3], NOW)
        outlines = export_followed(session, amina, own_name, lambda source: source.country)
        assert outlines[0] == Outline(
            "هسبريس",
            "https://www.hespress.example/feed",
            "https://hespress.example",
            "MA",
            "ar",
            is_sorted=False,
        )
        assert len(outlines) == 4
        done = import_followed(session, brahim, write_opml("all", outlines).encode(), NOW)
        assert [source.slug for source in done.followed] == ["hespress", "medias24", "gone"]
        assert (done.already, done.unknown, done.tables) == ((), (), "")
        again = followed_sources(session, brahim.id)
        assert again == followed_sources(session, amina.id)
        assert (
            following.get_following_view(
                session, brahim, unread_counts_of(session, brahim)
            ).total_unread
            == 0
        )  # no archive


def folders_of(session: Session, reader: User) -> dict[str, list[int]]:
    """Source ids by the name of their folder, in the order of folders."""
    found: dict[int, list[int]] = {}
    for source_id, folder_id in folders.folder_of_sources(session, reader).items():
        found.setdefault(folder_id, []).append(source_id)
    return {
        folder.name: found.get(folder.id, []) for folder in folders.list_folders(session, reader)
    }


def test_folders_survive_a_round_trip_and_countries_make_none(
    database: Database, amina: User
) -> None:
    with database.write() as session:
        following.follow_all(session, amina, [1, 2, 3], NOW)
        for name, source_id in (("empty", 1), ("MA", 2), ("Économie & sport", 3)):
            folders.put_in_folder(session, amina, source_id, name, NOW)
        folders.put_in_folder(session, amina, 1, None, NOW)
        outlines = export_followed(session, amina, own_name, lambda source: source.country)
        groups = [(outline.group, outline.is_sorted) for outline in outlines]
        assert groups == [("MA", True), ("Économie & sport", True), ("MA", False), ("MA", False)]
        brahim = make_user(session, "Brahim")
        done = import_followed(session, brahim, write_opml("all", outlines).encode(), NOW)
        assert [folder.name for folder in done.folders] == ["MA", "Économie & sport"]
        assert folders_of(session, brahim) == {"MA": [2], "Économie & sport": [3]}


def test_nested_groups_sort_only_what_is_in_no_folder(database: Database, amina: User) -> None:
    document = b"""<opml><body><outline text='News'><outline text='Daily'>
        <outline xmlUrl='https://hespress.example/sport/feed'/></outline>
        <outline xmlUrl='https://m.example/rss'/>
        <outline xmlUrl='https://www.hespress.example/feed'/></outline>
        <outline text='%s'><outline xmlUrl='https://gone.example/feed'/></outline>
        </body></opml>""" % (b"long " * 40)
    with database.write() as session:
        following.follow(session, amina, "medias24", NOW)
        folders.put_in_folder(session, amina, 2, "mine", NOW)
        done = import_followed(session, amina, document, NOW)
        long = "long " * 10 + "long…"
        assert folders_of(session, amina) == {"mine": [2], "Daily": [1], long: [3]}
        assert [folder.name for folder in done.folders] == ["Daily", long]


def test_more_folders_than_there_can_be(
    database: Database, amina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MAX_FOLDERS", 1)
    outlines = [
        Outline("h", "https://www.hespress.example/feed", group="a"),
        Outline("m", "https://m.example/rss", group="b"),
    ]
    with database.write() as session:
        done = import_followed(session, amina, write_opml("all", outlines).encode(), NOW)
        assert len(done.followed) == 2
        assert folders_of(session, amina) == {"a": [1]}


def test_each_feed_of_a_file_is_accounted_for(database: Database, amina: User) -> None:
    outlines = [
        Outline("as it is", "https://hespress.example/sport/feed"),
        Outline("with another scheme and end", "http://hespress.example/feed/"),
        Outline("where it moved to", "https://www.m.example/rss"),
        Outline("Hespress", "https://elsewhere.example/feed", "https://elsewhere.example"),
        Outline("no address", "feed me"),
        Outline("as Safari writes it", "feed://gone.example/feed"),
    ]
    with database.write() as session:
        following.follow(session, amina, "medias24", NOW)
        done = import_followed(session, amina, write_opml("all", outlines).encode(), NOW)
    assert [source.slug for source in done.followed] == ["hespress", "gone"]
    assert [source.slug for source in done.already] == ["medias24"]
    assert [outline.title for outline in done.unknown] == ["Hespress"]
    assert [(each.kind, each.title) for each in done.problems] == [("address", "no address")]
    tables = tomllib.loads(done.tables)["source"]
    assert [table["slug"] for table in tables] == ["hespress-2"]


def test_a_file_that_is_none_changes_nothing(database: Database, amina: User) -> None:
    with database.write() as session:
        with pytest.raises(ParseError):
            import_followed(session, amina, b"<html>", NOW)
        assert followed_sources(session, amina.id) == {}
