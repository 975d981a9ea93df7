"""Clients that others wrote: after a sync they have what the server has, and the reverse."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from aggregator.config import Settings
from aggregator.services.accounts import accounts, app_passwords
from aggregator.services.reading import entries, folders, following, marking, tagging
from aggregator.storage.engine import Database
from aggregator.types import EntryFilter, User
from tests.builders import FAST_PASSWORDS, NOW, make_entry
from tests.journeys.apps import CTRL_E, DOWN, Newsboat, eventually, google_reader, served
from tests.web.browser import PASSWORD
from tests.web.conftest import populate_newsroom
from web import create_app
from web.request.auth import now

pytestmark = pytest.mark.slow

READING_LIST = "user/-/state/com.google/reading-list"
READ = "user/-/state/com.google/read"
STARRED = "user/-/state/com.google/starred"
FIRST, LONG = "امتلاء السدود", "خبر طويل"


@pytest.fixture
def app(sqlite_database: Database) -> Flask:
    populate_newsroom(sqlite_database)
    return create_app(Settings(), sqlite_database, FAST_PASSWORDS)


@pytest.fixture
def amina(app: Flask, sqlite_database: Database) -> User:
    """A reader of two sources with four articles, one of them read, one starred and tagged."""
    with sqlite_database.write() as session:
        user = accounts.find(session, "Amina")
        for slug in ("hespress", "kapitalis"):
            following.follow(session, user, slug, NOW, as_before=True)
        folders.put_in_folder(session, user, 3, "تونس", NOW)
        second = make_entry(session, 1, LONG, fetched_at=NOW)
        third = make_entry(session, 3, "Été à Tunis", fetched_at=NOW)
        marking.mark_entries(session, user, [second], True, NOW)
        tagging.star(session, user, third, True, NOW)
        tagging.add_tags(session, user, third, "صيف", NOW)
    return user


@pytest.fixture
def url(app: Flask, amina: User) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def password(sqlite_database: Database, amina: User) -> str:
    with sqlite_database.write() as session:
        return app_passwords.create(session, amina, "newsboat", now())


def titles(database: Database, reader: User, **chosen: Any) -> list[str]:
    """On the server."""
    with database.read() as session:
        page = entries.list_entries(session, reader, EntryFilter(**chosen))
    return sorted(entry.title for entry in page.entries)


# --- newsboat --------------------------------------------------------------------------------


@pytest.fixture
def newsboat(tmp_path: Path, url: str, password: str) -> Newsboat:
    folder = tmp_path / "newsboat"
    folder.mkdir()
    return Newsboat(folder, url, "Amina", password)


def test_newsboat_has_what_the_server_has(
    newsboat: Newsboat, sqlite_database: Database, amina: User
) -> None:
    newsboat.sync()
    found = newsboat.items()
    assert sorted(each.title for each in found) == titles(sqlite_database, amina, following=True)
    assert newsboat.unread() == titles(sqlite_database, amina, following=True, unread=True)
    assert {each.feed for each in found} == {"هسبريس", "kapitalis"}

    with sqlite_database.write() as session:
        marking.mark_entries(session, amina, [1], True, now())
        marking.mark_entries(session, amina, [4], False, now())
    newsboat.sync()
    assert newsboat.unread() == titles(sqlite_database, amina, following=True, unread=True)
    assert LONG in newsboat.unread()


def test_marks_made_in_newsboat_are_on_the_server(
    newsboat: Newsboat, sqlite_database: Database, amina: User
) -> None:
    newsboat.sync()
    assert titles(sqlite_database, amina, starred=True) == ["Été à Tunis"]
    with newsboat.open() as press:
        press("kapitalis", "\r")  # opens the first feed, at its unread article
        press(LONG, CTRL_E)
        press("Flags:", "s\r")
        eventually(lambda: FIRST in titles(sqlite_database, amina, starred=True))
        press("", "N")
        eventually(lambda: not titles(sqlite_database, amina, source="hespress", unread=True))
        press("", "q")
        press("kapitalis", DOWN + "A")
        eventually(lambda: not titles(sqlite_database, amina, following=True, unread=True))
    assert newsboat.unread() == []


def test_newsboat_with_the_password_of_the_account(tmp_path: Path, url: str) -> None:
    newsboat = Newsboat(tmp_path, url, "Amina", PASSWORD)
    with pytest.raises((AssertionError, subprocess.TimeoutExpired)):
        newsboat.sync()


# --- google-reader (PyPI) --------------------------------------------------------------------


def test_the_client_of_pypi_has_what_the_server_has(
    url: str, password: str, sqlite_database: Database, amina: User
) -> None:
    module: Any = google_reader()
    client = module.Client(url)
    auth = client.login("Amina", password)
    token = client.get_token(auth)
    assert client.get_user_info(auth).user_name == "Amina"
    subscriptions = {each.title: each for each in client.list_subscriptions(auth)}
    assert set(subscriptions) == {"هسبريس", "kapitalis"}
    assert [each.label for each in subscriptions["kapitalis"].categories] == ["تونس"]
    kinds = {each.id: each.type for each in client.list_tags(auth)}
    assert kinds["user/-/label/صيف"] == "tag"
    assert kinds["user/-/label/تونس"] == "folder"

    def ids(stream: str = READING_LIST, **values: Any) -> list[str]:
        found, continuation = [], None
        while True:
            page = client.get_stream_items_ids(
                auth, stream, limit=3, continuation=continuation, **values
            )
            found += [each.id for each in page.item_refs]
            continuation = page.continuation
            if not continuation:
                return found

    def found_titles(*arguments: str, **values: Any) -> list[str]:
        items = client.get_stream_items_contents(auth, token, ids(*arguments, **values)).items
        return sorted(each.title for each in items)

    def state() -> tuple[list[str], list[str], list[str], list[str]]:
        return (
            found_titles(),
            found_titles(exclude_target=READ),
            found_titles(STARRED),
            found_titles("user/-/label/صيف"),
        )

    def on_server() -> tuple[list[str], list[str], list[str], list[str]]:
        return (
            titles(sqlite_database, amina, following=True),
            titles(sqlite_database, amina, following=True, unread=True),
            titles(sqlite_database, amina, starred=True),
            titles(sqlite_database, amina, tag="صيف"),
        )

    assert state() == on_server()

    everything = [module.get_long_item_id(int(id_)) for id_ in ids()]
    client.edit_tags(auth, token, everything[:2], add_tags=[READ, "user/-/label/صيف"])
    client.edit_tags(auth, token, everything[2:], add_tags=[STARRED], remove_tags=[READ])
    changed = state()
    assert changed == on_server()
    assert [len(each) for each in changed] == [4, 2, 3, 2]

    with sqlite_database.write() as session:
        marking.mark_entries(session, amina, [1, 3, 4, 5], True, now())
        tagging.star(session, amina, 1, False, now())
        tagging.remove_tag(session, amina, 5, "صيف")
    assert state() == on_server() != changed

    client.mark_all_as_read(auth, token, READING_LIST)
    client.rename_tag(auth, token, "user/-/label/تونس", "تونس الخضراء")
    client.edit_subscription(auth, token, subscriptions["هسبريس"].id, "unsubscribe")
    (left,) = client.list_subscriptions(auth)
    assert [each.label for each in left.categories] == ["تونس الخضراء"]
    added = client.quick_add_subscription(auth, token, "https://h.example/feed")
    assert (added.num_results, added.stream_name) == (1, "هسبريس")
    with pytest.raises(module.ClientError):
        client.quick_add_subscription(auth, token, "https://unknown.example/feed")
    with pytest.raises(module.AuthenticationError):
        client.login("Amina", "wrong")
