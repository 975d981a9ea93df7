"""Sorting followed sources into folders: names, order, deleting and undoing."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from aggregator.errors import InvalidInput, NotFound
from aggregator.services.reading import folders, following
from aggregator.storage.engine import Database
from aggregator.storage.models import FolderRow, Source, UserRow
from aggregator.types import User
from tests.builders import NOW, make_source, make_user


@pytest.fixture
def amina(database: Database) -> User:
    """A reader who follows the sources 1 to 3; there is a fourth."""
    with database.write() as session:
        for position, slug in enumerate(("hespress", "medias24", "lematin", "le360")):
            make_source(session, slug, position=position)
        reader = make_user(session)
        following.follow_all(session, reader, [1, 2, 3], NOW)
        return reader


def names(database: Database, reader: User) -> list[str]:
    with database.read() as session:
        return [folder.name for folder in folders.list_folders(session, reader)]


def sorted_sources(database: Database, reader: User) -> dict[int, str]:
    """The name of the folder of each source that is in one."""
    with database.read() as session:
        by_id = {each.id: each.name for each in folders.list_folders(session, reader)}
        return {
            source: by_id[folder]
            for source, folder in folders.folder_of_sources(session, reader).items()
        }


def test_a_source_is_in_one_folder_at_most(database: Database, amina: User) -> None:
    with database.write() as session:
        economy = folders.put_in_folder(session, amina, 2, "  Économie\u00a0du  jour ", NOW)
        assert economy is not None
        assert economy.name == "Économie du jour"
        assert folders.put_in_folder(session, amina, 3, "ÉCONOMIE DU JOUR", NOW) == economy
        folders.put_in_folder(session, amina, 1, "أولا", NOW)
        folders.put_in_folder(session, amina, 3, "أولا", NOW)
        assert folders.folder_by_name(session, amina, "économie du jour") == economy
        assert folders.folder_by_name(session, amina, "") is None
    assert names(database, amina) == ["Économie du jour", "أولا"]
    assert sorted_sources(database, amina) == {1: "أولا", 2: "Économie du jour", 3: "أولا"}
    with database.write() as session:
        assert folders.put_in_folder(session, amina, 1, None, NOW) is None
        following.unfollow(session, amina, "lematin")
    assert sorted_sources(database, amina) == {2: "Économie du jour"}


def test_only_what_is_followed_can_be_sorted(database: Database, amina: User) -> None:
    with database.write() as session, pytest.raises(NotFound):
        folders.put_all_in_folder(session, amina, [1, 4], "Presse", NOW)
    assert names(database, amina) == []


@pytest.mark.parametrize(
    ("name", "key"),
    [("", "error.folder_empty"), ("\u202e\u200f \t", "error.folder_empty"),
     ("ا" * 61, "error.folder_long")],
)  # fmt: skip
def test_names_that_cannot_be(database: Database, amina: User, name: str, key: str) -> None:
    with database.write() as session:
        for change in (
            lambda: folders.ensure_folder(session, amina, name, NOW),
            lambda: folders.put_in_folder(session, amina, 1, name, NOW),
            lambda: folders.rename_folder(session, amina, 1, name),
        ):
            with pytest.raises(InvalidInput) as refused:
                change()
            assert refused.value.key == key
        assert folders.folder_by_name(session, amina, name) is None


def test_names_lose_what_cannot_be_seen_and_are_composed(database: Database, amina: User) -> None:
    with database.write() as session:
        folder = folders.ensure_folder(session, amina, "E\u0301co\u202e\x07 1", NOW)
        assert folder.name == "Éco 1"
        assert folders.ensure_folder(session, amina, "ÉCO 1", NOW) == folder
        assert folders.ensure_folder(session, amina, "ا" * 60, NOW).position == 1


def test_there_is_a_limit(database: Database, amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_FOLDERS", 2)
    with database.write() as session:
        for name in "ab":
            folders.ensure_folder(session, amina, name, NOW)
        assert folders.ensure_folder(session, amina, "B", NOW).name == "b"
        with pytest.raises(InvalidInput) as refused:
            folders.ensure_folder(session, amina, "c", NOW)
    assert refused.value.key == "error.folder_many"


def test_rename(database: Database, amina: User) -> None:
    with database.write() as session:
        first = folders.ensure_folder(session, amina, "presse", NOW)
        folders.ensure_folder(session, amina, "sport", NOW)
        assert folders.rename_folder(session, amina, first.id, "Presse") == first
        with pytest.raises(InvalidInput) as refused:
            folders.rename_folder(session, amina, first.id, "SPORT")
        with pytest.raises(NotFound):
            folders.rename_folder(session, amina, 99, "news")
    assert refused.value.key == "error.folder_taken"
    assert names(database, amina) == ["Presse", "sport"]


def test_order(database: Database, amina: User) -> None:
    with database.write() as session:
        ids = [folders.ensure_folder(session, amina, name, NOW).id for name in "abcd"]
        folders.reorder(session, amina, [ids[2], 99, ids[0], ids[2]])
    assert names(database, amina) == ["c", "a", "b", "d"]
    with database.write() as session:
        folders.move_folder(session, amina, ids[3], -2)
        folders.move_folder(session, amina, ids[2], -1)
        folders.move_folder(session, amina, ids[0], 9)
        with pytest.raises(NotFound):
            folders.move_folder(session, amina, 99, 1)
    assert names(database, amina) == ["c", "d", "b", "a"]
    with database.write() as session:
        assert folders.ensure_folder(session, amina, "e", NOW).position == 4


def test_a_deleted_folder_comes_back_to_its_place(database: Database, amina: User) -> None:
    with database.write() as session:
        for name, sources in (("a", []), ("b", [1, 2, 3]), ("c", [])):
            folders.ensure_folder(session, amina, name, NOW)
            folders.put_all_in_folder(session, amina, sources, name, NOW)
        second = folders.list_folders(session, amina)[1]
        assert folders.delete_folder(session, amina, second.id) == (second, (1, 2, 3))
        with pytest.raises(NotFound):
            folders.delete_folder(session, amina, second.id)
    assert names(database, amina) == ["a", "c"]
    assert sorted_sources(database, amina) == {}
    with database.write() as session:
        following.unfollow(session, amina, "hespress")
        folders.put_in_folder(session, amina, 2, "c", NOW)
        folders.restore_folder(session, amina, "b", second.position, [1, 2, 3, 4], NOW)
    assert names(database, amina) == ["a", "b", "c"]
    assert sorted_sources(database, amina) == {2: "c", 3: "b"}


def test_folders_of_other_readers_are_out_of_reach(database: Database, amina: User) -> None:
    with database.write() as session:
        brahim = make_user(session, "Brahim")
        following.follow(session, brahim, "hespress", NOW)
        folder = folders.put_in_folder(session, brahim, 1, "Presse", NOW)
        assert folder is not None
        assert folders.list_folders(session, amina) == ()
        assert folders.folder_by_name(session, amina, "Presse") is None
        for change in (
            lambda: folders.rename_folder(session, amina, folder.id, "x"),
            lambda: folders.delete_folder(session, amina, folder.id),
            lambda: folders.move_folder(session, amina, folder.id, 1),
        ):
            with pytest.raises(NotFound):
                change()
        own = folders.put_in_folder(session, amina, 1, "presse", NOW)
        folders.reorder(session, amina, [folder.id])
        assert own is not None
        assert own.id != folder.id
    assert sorted_sources(database, brahim) == {1: "Presse"}
    assert sorted_sources(database, amina) == {1: "presse"}


def test_folders_go_with_their_reader_and_lose_sources_that_go(
    database: Database, amina: User
) -> None:
    with database.write() as session:
        folders.put_all_in_folder(session, amina, [1, 2], "Presse", NOW)
        session.execute(delete(Source).where(Source.id == 1))
    assert sorted_sources(database, amina) == {2: "Presse"}
    with database.write() as session:
        session.execute(delete(UserRow).where(UserRow.id == amina.id))
        assert session.execute(select(FolderRow.id)).all() == []
