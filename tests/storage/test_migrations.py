"""Each migration on a database with data in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import bindparam, inspect, select, text

from aggregator.services.operate.insight_days import update_insight_days
from aggregator.storage import schema
from aggregator.storage.accounts import identities
from aggregator.storage.accounts.api_tokens import find_token, insert_token, list_tokens
from aggregator.storage.accounts.app_passwords import insert_password, list_passwords
from aggregator.storage.accounts.passkeys import find_passkey, insert_passkey
from aggregator.storage.accounts.password_links import find_user, insert_link
from aggregator.storage.accounts.sessions import find_session, id_token_of
from aggregator.storage.accounts.sign_in_flows import SignInFlow, claim_flow, insert_flow
from aggregator.storage.accounts.users import email_of
from aggregator.storage.engine import Database
from aggregator.storage.feeds import days as feed_days
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.feeds.owners import load_owners, sync_owners
from aggregator.storage.models import (
    Dispatch,
    DispatchPrint,
    Entry,
    Feed,
    InsightDay,
    SearchDoc,
    StoryEntry,
    StoryFollow,
    StoryLanguage,
    StoryRow,
    StorySource,
)
from aggregator.storage.models.base import UtcTime
from aggregator.storage.readers import source_requests
from aggregator.storage.readers.folders import (
    assign_sources,
    folder_of_sources,
    insert_folder,
)
from aggregator.storage.readers.read_versions import raise_read_version, read_version
from aggregator.storage.stories.digests import unpack_story
from aggregator.storage.stories.window import WindowCache, load_frequencies, save_frequencies
from aggregator.types import AppPassword, FeedDay
from tests.builders import NOW, a_found_feed, an_owner, feed_row


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


def migrate_to(
    database: Database, revision: str, move: Callable[[Config, str], None] = command.upgrade
) -> None:
    config = Config()
    folder = Path(schema.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with database.engine.execution_options(marsad_write=True).begin() as connection:
        config.attributes["connection"] = connection
        move(config, revision)


def insert(database: Database, table: str, **values: object) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    with database.write() as session:
        session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def stored_now(database: Database) -> object:
    """NOW as the database holds it, whatever tables it has."""
    processor = Feed.__table__.c.created_at.type.bind_processor(database.engine.dialect)
    return processor(NOW) if processor else NOW


def insert_user(database: Database) -> None:
    insert(
        database, "users", id=1, name="Amina", name_key="amina", password_hash="x", role="reader",
        created_at=stored_now(database),
    )  # fmt: skip


def insert_source(database: Database) -> None:
    insert(
        database, "sources", id=1, slug="hespress", name_ar="هسبريس", name_fr="H", name_en="H",
        country="MA", language="ar", timezone="Africa/Casablanca", site="", position=0,
        enabled=True,
    )  # fmt: skip


def insert_feed(database: Database, **values: object) -> None:
    """A feed and its source, with the columns of 0011."""
    insert_source(database)
    now = stored_now(database)
    insert(
        database, "feeds", id=1, source_id=1, url="https://h.example/", section="", position=0,
        enabled=True, created_at=now, status="healthy", status_since=now, failures=0,
        next_poll_at=now, interval_s=300, entry_count=3, clamped_dates=0, **values,
    )  # fmt: skip


def insert_entry(database: Database, id_: int, title: str, language: str) -> None:
    now = stored_now(database)
    insert(
        database, "entries", id=id_, feed_id=1, source_id=1, identity=id_, guid=str(id_),
        text_key=id_, title_key=id_, revision=id_, text_revision=id_, title=title,
        author="", summary="", language=language, direction="rtl", word_count=90,
        published_at=now, fetched_at=now,
    )  # fmt: skip


def test_0002_keeps_feeds_and_knows_since_when_they_fail(empty: Database) -> None:
    migrate_to(empty, "0001")
    stored = stored_now(empty)
    insert_source(empty)
    for id_, status, since in ((1, "failing", stored), (2, "healthy", None)):
        insert(
            empty, "feeds", id=id_, source_id=1, url=f"https://h.example/{id_}", section="",
            position=0, enabled=True, created_at=stored, status=status, failures=0,
            error_since=since, next_poll_at=stored, interval_s=300, entry_count=7,
        )  # fmt: skip
    assert schema.migrate(empty) == len(schema.known_revisions()) - 1
    failing, healthy = feed_row(empty, 1), feed_row(empty, 2)
    assert (failing.status_since, healthy.status_since) == (NOW, None)
    assert (failing.entry_count, failing.clamped_dates, failing.advertised) == (7, 0, None)
    with empty.write() as session:
        feed_days.add_polls(session, [(2, FeedDay(NOW.date(), 1, 0, 4))])
        session.execute(text("DELETE FROM feeds WHERE id = 2"))
        assert feed_days.list_days(session, [1, 2], NOW.date() - timedelta(days=9)) == {}
        assert session.execute(select(Feed.id)).scalars().all() == [1]
    assert "feed_days" in inspect(empty.engine).get_table_names()


def test_0011_keeps_tokens_without_an_end(empty: Database) -> None:
    migrate_to(empty, "0010")
    stored = stored_now(empty)
    insert_user(empty)
    insert(empty, "api_tokens", token_hash="t", user_id=1, label="phone", created_at=stored)
    schema.migrate(empty)
    with empty.read() as session:
        (token,) = list_tokens(session, 1)
    assert (token.label, token.expires_at, token.last_used_at) == ("phone", None, None)


def test_0014_makes_the_digests_and_sections_of_what_exists(empty: Database) -> None:
    migrate_to(empty, "0011")
    stored = stored_now(empty)
    insert_feed(empty)
    titles = {
        1: "تعادل الرجاء ونهضة بركان", 2: "Fin de soirée", 3: "بنك المغرب يبقي سعر الفائدة",
    }  # fmt: skip
    for id_, language, story in ((1, "ar", 1), (2, "fr", 1), (3, "ar", 3)):
        insert_entry(empty, id_, titles[id_], language)
        insert(
            empty, "story_entries", entry_id=id_, story_id=story, agency="MAP" if id_ == 2 else "",
            folded=id_ == 1,
        )  # fmt: skip
    insert(
        empty, "stories", id=1, lead_id=1, shown_id=2, entry_count=2, source_count=1,
        languages="ar fr", first_at=stored, last_at=stored,
    )  # fmt: skip
    migrate_to(empty, "0014")
    with empty.read() as session:
        (story,) = session.execute(select(StoryRow)).scalars().all()
        leads = session.execute(select(StoryLanguage.language, StoryLanguage.lead_id)).all()
        told = session.execute(select(StorySource.source_id, StorySource.shown_id)).all()
        folded = session.execute(select(StoryEntry.entry_id).where(StoryEntry.folded)).scalars()
        assert folded.all() == [1]
        sections = session.execute(select(Entry.section).order_by(Entry.id)).scalars()
        assert sections.all() == ["sport", "sport", "economy"]
    assert (story.id, story.lead_id, story.shown_id, story.entry_count) == (1, 1, 2, 2)
    assert (story.source_count, story.languages, story.agency) == (1, "ar fr", "MAP")
    assert unpack_story(story.latest, story.earliest, story.joined).latest == ((1, 1), (2, 1))
    assert sorted(map(tuple, leads)) == [("ar", 1), ("fr", 2)]
    assert sorted(map(tuple, told)) == [(1, 1), (1, 2)]


def test_0013_counts_the_versions_of_stories_from_zero(empty: Database) -> None:
    migrate_to(empty, "0012")
    insert(empty, "story_frequencies", id=1, counts=b"12")
    schema.migrate(empty)
    with empty.read() as session:
        cache = WindowCache()
        frequencies, version = load_frequencies(session, cache)
    assert (frequencies.saved(), version) == (b"12", 0)
    with empty.write() as session:
        assert save_frequencies(session, frequencies, version)
        assert not save_frequencies(session, frequencies, version)
    names = {
        index["name"]: index["column_names"]
        for index in inspect(empty.engine).get_indexes("entries")
    }
    assert names["ix_entries_url_key"] == ["url_key", "feed_id", "id"]
    assert names["ix_entries_text_key"] == ["text_key", "feed_id", "id"]


def test_0015_names_followed_stories_by_what_they_are_called_now(empty: Database) -> None:
    migrate_to(empty, "0014")
    stored = stored_now(empty)
    insert_user(empty)
    insert_feed(empty)
    for id_, language in ((1, "ar"), (2, "fr"), (3, "ar")):
        insert_entry(empty, id_, f"title {id_}", language)
    insert(
        empty, "stories", id=1, lead_id=2, shown_id=2, entry_count=2, source_count=1,
        languages="ar fr", first_at=stored, last_at=stored, agency="", latest=b"", earliest=b"",
        joined=b"",
    )  # fmt: skip
    for story in (1, 3, 99):  # one of two entries, one alone, one that is gone
        insert(empty, "story_follows", user_id=1, story_id=story, followed_at=stored, seen_up_to=2)
    migrate_to(empty, "0015")
    columns = StoryFollow.story_id, StoryFollow.title, StoryFollow.language
    with empty.read() as session:
        named = session.execute(select(*columns).order_by(StoryFollow.story_id)).all()
    assert list(map(tuple, named)) == [(1, "title 2", "fr"), (3, "title 3", "ar"), (99, "", "")]


def test_0017_leaves_users_without_an_address(empty: Database) -> None:
    migrate_to(empty, "0016")
    insert_user(empty)
    schema.migrate(empty)
    with empty.write() as session:
        assert email_of(session, 1) == ""
        insert_link(session, "t", 1, now=NOW, expires_at=NOW + timedelta(hours=1))
        session.execute(text("DELETE FROM users"))
        assert find_user(session, "t", NOW) is None
        assert session.execute(text("SELECT count(*) FROM password_links")).scalar_one() == 0


def test_0018_begins_read_versions_at_zero(empty: Database) -> None:
    migrate_to(empty, "0016")
    insert_user(empty)
    schema.migrate(empty)
    with empty.write() as session:
        assert read_version(session, 1) == 0
        assert raise_read_version(session, 1) == 1
    with empty.read() as session:
        assert read_version(session, 1) == 1
        assert read_version(session, 2) == 0


def test_0019_has_the_next_document_of_each_feed_prepared_whole(empty: Database) -> None:
    migrate_to(empty, "0016")
    insert_feed(empty, body_digest="d")
    schema.migrate(empty)
    feed = feed_row(empty, 1)
    assert (feed.entry_digests, feed.body_digest, feed.entry_count) == (None, "d", 3)


def test_0023_leaves_tokens_that_only_read(empty: Database) -> None:
    migrate_to(empty, "0019")
    insert_user(empty)
    insert(
        empty, "api_tokens", token_hash="t", user_id=1, label="phone", created_at=stored_now(empty)
    )
    schema.migrate(empty)
    with empty.write() as session:
        found = find_token(session, "t", NOW)
        assert found
        assert (found.user.name, found.scope) == ("Amina", "read")
        insert_token(session, "w", 1, "laptop", NOW, scope="write")
        assert [each.scope for each in list_tokens(session, 1)] == ["read", "write"]


def test_0022_begins_without_requests_and_leaves_no_reader_an_answer(empty: Database) -> None:
    migrate_to(empty, "0019")
    insert_user(empty)
    insert_feed(empty)
    schema.migrate(empty)
    feed = a_found_feed()
    with empty.write() as session:
        assert session.execute(text("SELECT has_answers FROM users")).scalar_one() in (0, False)
        request_id = source_requests.save_request(session, "key", feed, NOW)
        source_requests.add_asker(session, request_id, 1, feed.url, NOW)
        assert source_requests.accept(session, request_id, 1, "Chaimae", NOW) == [1]
        assert [each.id for each in source_requests.list_untold(session, 1)] == [request_id]
        session.execute(text("DELETE FROM users"))
        assert source_requests.list_decided(session, 5)[0].readers == ()


def test_0020_leaves_followed_sources_in_no_folder(empty: Database) -> None:
    migrate_to(empty, "0019")
    insert_user(empty)
    insert_source(empty)
    insert(
        empty, "source_subscriptions", user_id=1, source_id=1, followed_at=stored_now(empty)
    )  # fmt: skip
    schema.migrate(empty)
    with empty.write() as session:
        assert folder_of_sources(session, 1) == {}
        folder = insert_folder(session, 1, "Presse", NOW)
        assert assign_sources(session, 1, [1], folder.id) == 1
        assert folder_of_sources(session, 1) == {1: folder.id}
        session.execute(text("DELETE FROM folders"))
        assert folder_of_sources(session, 1) == {}
        assert session.execute(text("SELECT count(*) FROM source_subscriptions")).scalar_one() == 1


def test_0021_begins_without_app_passwords(empty: Database) -> None:
    migrate_to(empty, "0019")
    insert_user(empty)
    schema.migrate(empty)
    with empty.write() as session:
        assert list_passwords(session, 1) == ()
        insert_password(session, AppPassword("hash", "phone", NOW, None), 1)
        session.execute(text("DELETE FROM users"))
        assert session.execute(text("SELECT count(*) FROM app_passwords")).scalar_one() == 0


def test_0024_begins_without_former_versions(empty: Database) -> None:
    migrate_to(empty, "0018")
    insert_feed(empty)
    insert_entry(empty, 1, "title", "ar")
    schema.migrate(empty)
    feed = feed_row(empty, 1)
    assert (feed.listed_entries, feed.missing_entries) == (None, None)
    columns = Entry.revision_count, Entry.change_size, Entry.left_feed_at
    with empty.write() as session:
        assert tuple(session.execute(select(*columns)).one()) == (0, 0, None)
        insert_revision = text(
            "INSERT INTO entry_revisions VALUES (1, 1, 1, :seen_at, 3, :silent, :silent, :delta)"
        ).bindparams(bindparam("seen_at", NOW, UtcTime()))
        session.execute(insert_revision, {"silent": True, "delta": b"d"})
        session.execute(text("DELETE FROM entries"))
        assert session.execute(text("SELECT count(*) FROM entry_revisions")).scalar_one() == 0


def test_0025_leaves_sources_without_an_owner_until_they_are_loaded(empty: Database) -> None:
    migrate_to(empty, "0019")
    insert_source(empty)
    schema.migrate(empty)
    with empty.write() as session:
        assert source_refs(session)[1].owner is None
        assert load_owners(session).owners == {}
        sync_owners(session, [an_owner()])
        assert list(load_owners(session).owners) == ["press-house"]


def test_0026_finds_dispatches_and_prints_among_known_entries(empty: Database) -> None:
    migrate_to(empty, "0023")
    insert_feed(empty)
    for id_, agency, original in ((1, "MAP", None), (2, "", 1), (3, "MAP", 2), (4, "", None)):
        insert_entry(empty, id_, f"مقال {id_}", "ar")
        insert(
            empty, "story_entries", entry_id=id_, story_id=1, reprint_of=original, agency=agency,
            folded=False,
        )  # fmt: skip
    schema.migrate(empty)
    with empty.read() as session:
        (dispatch,) = session.execute(select(Dispatch)).scalars()
        found = session.execute(select(DispatchPrint).order_by(DispatchPrint.entry_id)).scalars()
        prints = [(each.entry_id, each.dispatch_id, each.credited) for each in found]
    assert (dispatch.id, dispatch.agency, dispatch.day, dispatch.own) == (
        1, "MAP", NOW.date(), False,
    )  # fmt: skip
    assert prints == [(1, 1, True), (2, 1, False), (3, 1, True)]


def test_0027_lets_the_poller_sum_up_stories_that_are_known(empty: Database) -> None:
    migrate_to(empty, "0026")
    insert_feed(empty)
    now = stored_now(empty)
    insert(
        empty, "sources", id=2, slug="map", name_ar="", name_fr="", name_en="", country="MA",
        language="ar", timezone="Africa/Casablanca", site="", position=1, enabled=True,
    )  # fmt: skip
    for id_ in (1, 2):
        insert_entry(empty, id_, f"مقال {id_}", "ar")
        insert(empty, "story_entries", entry_id=id_, story_id=1, agency="", folded=id_ == 1)
    insert(
        empty, "stories", id=1, lead_id=1, shown_id=2, entry_count=2, source_count=2,
        languages="ar", first_at=now, last_at=now, agency="", latest=b"", earliest=b"", joined=b"",
    )  # fmt: skip
    with empty.write() as session:
        session.execute(text("UPDATE entries SET source_id = id"))
    schema.migrate(empty)
    update_insight_days(empty, ZoneInfo("Africa/Casablanca"), NOW + timedelta(days=3))
    with empty.read() as session:
        (day,) = session.execute(select(InsightDay)).scalars()
    assert (day.day, day.shared, day.arabic, day.french) == (NOW.date(), 1, 1, 0)


def test_0028_leaves_sessions_of_no_provider(empty: Database) -> None:
    migrate_to(empty, "0027")
    insert_user(empty)
    now = stored_now(empty)
    insert(
        empty, "user_sessions", token_hash="t", user_id=1, created_at=now, expires_at=now,
        user_agent="",
    )  # fmt: skip
    schema.migrate(empty)
    with empty.write() as session:
        assert id_token_of(session, "t") == ""
        identities.link(session, 1, "https://sso.example.org", "a-1", "Amina", NOW)
        (identity,) = identities.list_identities(session, 1)
        assert (identity.subject, identity.last_used_at) == ("a-1", None)
        insert_flow(session, "s", "b", SignInFlow("n", "v", "/", 1, NOW))
        session.execute(text("DELETE FROM users"))
        assert identities.list_identities(session, 1) == ()
        assert claim_flow(session, "s", "b") is None


def test_0029_leaves_sessions_without_a_second_factor(empty: Database) -> None:
    migrate_to(empty, "0028")
    insert_user(empty)
    stored = stored_now(empty)
    insert(
        empty, "user_sessions", token_hash="t", user_id=1, created_at=stored,
        expires_at=stored, user_agent="",
    )  # fmt: skip
    schema.migrate(empty)
    with empty.write() as session:
        found = find_session(session, "t", NOW - timedelta(hours=1))
        assert found
        assert (found.two_factor, found.confirmed_at) == (False, None)
        insert_passkey(
            session, 1, credential_id="AAAA", public_key=b"key", sign_count=0, name="x", now=NOW
        )
        session.execute(text("DELETE FROM users"))
        assert find_passkey(session, "AAAA") is None


def test_0032_gives_documents_the_feeds_of_their_entries(empty: Database) -> None:
    migrate_to(empty, "0031")
    insert_feed(empty)
    for id_ in (1, 2):
        insert_entry(empty, id_, f"مقال {id_}", "ar")
        insert(empty, "search_docs", doc=100 + id_, entry_id=id_, source_id=1, language="ar")
    schema.migrate(empty)
    migrate_to(empty, "0031", command.downgrade)
    schema.migrate(empty)
    with empty.write() as session:
        docs = select(SearchDoc.doc, SearchDoc.entry_id, SearchDoc.feed_id).order_by(SearchDoc.doc)
        assert [tuple(row) for row in session.execute(docs)] == [(101, 1, 1), (102, 2, 1)]
        session.execute(text("DELETE FROM entries WHERE id = 1"))
        assert [row.entry_id for row in session.execute(docs)] == [2]
