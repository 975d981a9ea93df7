"""Operators answer requests: the file, the database, the readers; in whatever order it breaks."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from aggregator import config
from aggregator.config.requested import RequestedSources
from aggregator.errors import ConfigError, ConfigNotWritable, InvalidInput, NotFound
from aggregator.services.operate import source_requests as service
from aggregator.services.operate.load_sources import load_sources
from aggregator.services.operate.source_requests import SourceForm
from aggregator.services.reading import source_requests as reading
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed, Source, SourceSubscription
from aggregator.storage.readers import source_requests as store
from aggregator.types import FoundFeed, Headline, OwnRequest, SourceSpec, User
from tests.builders import NOW, make_user

FEED = FoundFeed(
    url="https://new.example/feed",
    title="الجديد",
    language="ar",
    site="https://new.example",
    headlines=(Headline("خبر", "ar", NOW),),
    state="healthy",
    format="rss 2.0",
    entries=1,
    newest_at=NOW,
)
CONFIG = (
    '[[source]]\nslug = "hespress"\nname = "H"\nfeeds = [ { url = "https://h.example/feed" } ]\n'
)
FORM = SourceForm("الجديد", "al-jadid", "ar", "MA", "general")


class Desk:
    """A config on disk and in the database, and one request of two readers."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.path = folder / "config.toml"
        self.path.write_text(CONFIG)
        self.file = RequestedSources(self.path, {})
        self.load()
        with database.write() as session:
            self.amina, self.brahim = make_user(session), make_user(session, "Brahim")
            self.chaimae = make_user(session, "Chaimae", "operator")
            self.request_id = store.save_request(session, FEED.url, FEED, NOW)
            for reader in (self.amina, self.brahim):
                store.add_asker(session, self.request_id, reader.id, FEED.url, NOW)

    def load(self) -> None:
        load_sources(self.database, config.source_specs(config.load(self.path, {})), NOW)

    def accept(self, form: SourceForm = FORM, operator: User | None = None) -> bool:
        who = operator or self.chaimae
        return service.accept(self.database, self.file, who, self.request_id, form, NOW)

    def decline(self, word: str = "ليس صحافة") -> bool:
        with self.database.write_exclusive() as session:
            return service.decline(session, self.chaimae, self.request_id, word, NOW)

    def own(self, reader: User) -> OwnRequest:
        with self.database.read() as session:
            (found,) = reading.list_own(session, reader)
        return found

    def untold(self, reader: User) -> list[str]:
        with self.database.read() as session:
            return [request.state for request in reading.list_untold(session, reader)]

    def followed(self) -> list[tuple[str, str]]:
        statement = (
            select(Source.slug, SourceSubscription.user_id)
            .join(Source, Source.id == SourceSubscription.source_id)
            .order_by(SourceSubscription.user_id)
        )
        names = {self.amina.id: "Amina", self.brahim.id: "Brahim"}
        with self.database.read() as session:
            return [(slug, names[id_]) for slug, id_ in session.execute(statement)]

    def feeds(self) -> list[str]:
        polled = select(Feed.url).where(Feed.enabled, Feed.next_poll_at <= NOW).order_by(Feed.id)
        with self.database.read() as session:
            return list(session.execute(polled).scalars())


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


# --- accepting ---------------------------------------------------------------------------------


def test_an_accepted_source_is_written_polled_and_followed(desk: Desk) -> None:
    assert desk.accept()
    (table,) = tomllib.loads(desk.file.path.read_text())["source"]
    assert table == {
        "slug": "al-jadid", "name": "الجديد", "country": "MA", "language": "ar",
        "timezone": "Africa/Casablanca", "site": "https://new.example",
        "feeds": [{"url": FEED.url, "section": "general"}],
    }  # fmt: skip
    assert desk.feeds() == ["https://h.example/feed", FEED.url]
    assert desk.followed() == [("al-jadid", "Amina"), ("al-jadid", "Brahim")]
    own = desk.own(desk.amina)
    assert own.source is not None
    assert (own.state, own.source.slug) == ("accepted", "al-jadid")


def test_loading_the_config_afterwards_changes_nothing(desk: Desk) -> None:
    desk.accept()
    desk.load()
    assert desk.feeds() == ["https://h.example/feed", FEED.url]


def test_each_reader_is_told_once(desk: Desk) -> None:
    assert desk.untold(desk.amina) == []
    desk.accept()
    assert (desk.untold(desk.amina), desk.untold(desk.brahim)) == (["accepted"], ["accepted"])
    with desk.database.write() as session:
        reading.mark_told(session, desk.amina.id, [desk.request_id], NOW)
    assert (desk.untold(desk.amina), desk.untold(desk.brahim)) == ([], ["accepted"])


def test_of_two_operators_one_accepts(desk: Desk) -> None:
    assert desk.accept()
    text = desk.file.path.read_text()
    assert not desk.accept(replace(FORM, slug="another"))
    assert desk.file.path.read_text() == text


def test_two_operators_accept_at_the_same_moment(desk: Desk) -> None:
    answers: list[bool] = []

    def accept(slug: str) -> Callable[[], None]:
        return lambda: answers.append(desk.accept(replace(FORM, slug=slug)))

    both = [Thread(target=accept("one")), Thread(target=accept("two"))]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(answers) == [False, True]
    assert len(tomllib.loads(desk.file.path.read_text())["source"]) == 1
    assert desk.feeds() == ["https://h.example/feed", FEED.url]


class KilledAfterWriting(RequestedSources):
    """As the file of a process that is killed between the file and the database."""

    def add(self, spec: SourceSpec) -> SourceSpec:
        super().add(spec)
        raise KeyboardInterrupt


def killed(desk: Desk) -> None:
    with pytest.raises(KeyboardInterrupt):
        service.accept(
            desk.database, KilledAfterWriting(desk.path, {}), desk.chaimae, desk.request_id, FORM,
            NOW,
        )  # fmt: skip
    assert desk.own(desk.amina).state == "open"


def test_killed_between_file_and_database_accepting_again_finishes_it(desk: Desk) -> None:
    killed(desk)
    assert desk.accept(replace(FORM, slug="another"))
    assert len(tomllib.loads(desk.file.path.read_text())["source"]) == 1
    assert desk.followed() == [("al-jadid", "Amina"), ("al-jadid", "Brahim")]


def test_killed_between_file_and_database_the_next_start_finishes_it(desk: Desk) -> None:
    killed(desk)
    assert service.accept_configured(desk.database, NOW) == 0
    desk.load()
    assert service.accept_configured(desk.database, NOW) == 1
    assert service.accept_configured(desk.database, NOW) == 0
    assert desk.followed() == [("al-jadid", "Amina"), ("al-jadid", "Brahim")]
    assert desk.untold(desk.amina) == ["accepted"]


# Where a process is killed: the draft is written, the file is, the source is in the database.
KILLS = ("pathlib.Path.replace", "sources.add_source", "service._accept")
ACCEPTING = """
import os, signal, sys
from pathlib import Path
from unittest.mock import patch
from aggregator.config.requested import RequestedSources
from aggregator.services.operate import source_requests as service
from aggregator.storage.engine import Database
from tests.builders import NOW
from tests.services.operate.test_source_requests import FORM
from aggregator.types import User

url, path, operator, request, where = sys.argv[1:]
prefix = "" if where.startswith("pathlib") else "aggregator.services.operate.source_requests."
with patch(
    prefix + where.removeprefix("service."), lambda *_: os.kill(os.getpid(), signal.SIGKILL)
):
    file = RequestedSources(Path(path), {})
    who = User(int(operator), "Chaimae", "operator")
    service.accept(Database(url), file, who, int(request), FORM, NOW)
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", KILLS)
def test_killed_with_kill_9_anywhere(desk: Desk, where: str) -> None:
    url = desk.database.url.render_as_string(hide_password=False)
    arguments = (url, desk.path, desk.chaimae.id, desk.request_id, where)
    killed = subprocess.run([sys.executable, "-c", ACCEPTING, *map(str, arguments)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert desk.own(desk.amina).state == "open"
    assert desk.followed() == []
    desk.load()  # whatever is in the folder can be loaded
    assert desk.accept() or service.accept_configured(desk.database, NOW) == 1
    assert len(tomllib.loads(desk.file.path.read_text())["source"]) == 1
    assert desk.followed() == [("al-jadid", "Amina"), ("al-jadid", "Brahim")]
    assert [path.name for path in desk.file.path.parent.iterdir()] == ["requested.toml"]


def test_a_source_that_an_operator_wrote_by_hand_answers_its_request(desk: Desk) -> None:
    desk.path.write_text(CONFIG + service.snippet(found(desk), replace(FORM, slug="by-hand")))
    desk.load()
    assert service.accept_configured(desk.database, NOW) == 1
    assert desk.followed() == [("by-hand", "Amina"), ("by-hand", "Brahim")]


def found(desk: Desk) -> service.SourceRequest:
    with desk.database.read() as session:
        return service.find_request(session, desk.request_id)


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("name", "", "error.source_name"),
        ("name", "x" * 121, "error.source_name"),
        ("slug", "No Slug", "error.source_slug"),
        ("slug", "hespress", "error.source_slug_taken"),
        ("language", "Arabic", "error.source_language"),
        ("country", "Morocco", "error.source_country"),
    ],
)
def test_what_an_operator_writes_is_checked(desk: Desk, field: str, value: str, key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        desk.accept(replace(FORM, **{field: value}))
    assert (caught.value.key, caught.value.field) == (key, field)
    assert not desk.file.path.exists()


@pytest.mark.parametrize("hidden", ["\0", "\x1b", "\u202e", "\u200b", "\n"])
def test_what_nobody_sees_is_not_written(desk: Desk, hidden: str) -> None:
    """A NUL in the file would keep PostgreSQL from loading the config ever again."""
    assert desk.accept(replace(FORM, name=f"الج{hidden}ديد", section=f"spo{hidden}rt"))
    desk.load()
    text = desk.file.path.read_text()
    (table,) = tomllib.loads(text)["source"]
    assert table["name"].replace(" ", "") == FORM.name
    assert table["feeds"][0]["section"].replace(" ", "") == "sport"


@pytest.mark.parametrize("word", ["ليس\0 صحافة", "ليس\u202e صحافة"])
def test_a_word_has_nothing_that_nobody_sees(desk: Desk, word: str) -> None:
    assert desk.decline(word)
    assert desk.own(desk.amina).word == "ليس صحافة"


def test_a_config_with_problems_is_not_added_to(desk: Desk) -> None:
    desk.path.write_text(CONFIG + "colour = 1\n")
    with pytest.raises(ConfigError):
        desk.accept()
    assert not desk.file.path.exists()
    assert desk.own(desk.amina).state == "open"


def test_without_a_config_file_nothing_is_accepted(desk: Desk) -> None:
    with pytest.raises(ConfigNotWritable):
        service.accept(desk.database, None, desk.chaimae, desk.request_id, FORM, NOW)
    assert desk.own(desk.amina).state == "open"


def test_a_request_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(NotFound):
        service.accept(desk.database, desk.file, desk.chaimae, 99, FORM, NOW)


@pytest.mark.parametrize(
    ("site", "written"),
    [("https://user:pw@new.example/", "https://new.example/"), ("ftp://new.example", ""), ("", "")],
)
def test_a_site_that_no_config_takes_is_mended_or_left_out(
    desk: Desk, site: str, written: str
) -> None:
    with desk.database.write() as session:
        store.save_request(session, FEED.url, replace(FEED, site=site), NOW)
    assert desk.accept()
    added = desk.file.find(FEED.url)
    assert added is not None
    assert added.site == written


def test_the_form_proposes_what_the_feed_says(desk: Desk) -> None:
    with desk.database.read() as session:
        form = service.proposed_form(session, service.find_request(session, desk.request_id))
    assert (form.name, form.language, form.country) == ("الجديد", "ar", "MA")
    assert form.slug == "new"


# --- declining ---------------------------------------------------------------------------------


def test_a_declined_request_has_a_word_for_its_readers(desk: Desk) -> None:
    assert desk.decline("  ليس \n صحافة ")
    own = desk.own(desk.brahim)
    assert (own.state, own.word, own.source) == ("declined", "ليس صحافة", None)
    assert desk.untold(desk.brahim) == ["declined"]
    assert not desk.decline()


@pytest.mark.parametrize("word", ["", "  ", "x" * 301])
def test_a_declined_request_needs_a_word(desk: Desk, word: str) -> None:
    with pytest.raises(InvalidInput):
        desk.decline(word)


def test_an_accepted_request_is_not_declined(desk: Desk) -> None:
    desk.accept()
    assert not desk.decline()


def test_accepting_wins_over_declining_in_the_same_moment(desk: Desk) -> None:
    """Its source is in the file by then."""

    class DeclinedMeanwhile(RequestedSources):
        def add(self, spec: SourceSpec) -> SourceSpec:
            added = super().add(spec)
            assert desk.decline()
            return added

    desk.file = DeclinedMeanwhile(desk.path, {})
    assert desk.accept()
    assert desk.own(desk.amina).state == "accepted"


# --- the board ---------------------------------------------------------------------------------


def test_what_most_readers_wait_for_comes_first(desk: Desk) -> None:
    with desk.database.write() as session:
        other = replace(FEED, url="https://other.example/feed", title="آخر")
        second = store.save_request(session, other.url, other, NOW)
        store.add_asker(session, second, desk.amina.id, other.url, NOW)
    with desk.database.read() as session:
        board = service.list_requests(session)
        assert [request.readers for request in board.open] == [("Amina", "Brahim"), ("Amina",)]
        assert service.open_requests(session, 1).total == 2
    desk.accept()
    with desk.database.read() as session:
        board = service.list_requests(session)
    assert [request.feed.title for request in board.open] == ["آخر"]
    assert [request.decided_by for request in board.decided] == ["Chaimae"]
