"""Tables follow the configuration: added, updated, disabled; entries always stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from aggregator.errors import LeaseLost
from aggregator.storage.engine import Database
from aggregator.storage.feeds import outcomes
from aggregator.storage.feeds.sources import sync_sources
from aggregator.storage.models import Entry, Feed, Source
from aggregator.types import FeedFailure, LocalizedName, SourceSpec, SyncReport
from tests.builders import NOW, a_source, claim_feed, make_entry

HESPRESS = a_source("hespress", "https://h.example/1", "https://h.example/2")
MEDIAS24 = a_source("medias24", "https://m.example/")
LATER = NOW + timedelta(hours=1)


def sync(database: Database, *specs: SourceSpec, now: Any = NOW) -> SyncReport:
    with database.write_exclusive() as session:
        return sync_sources(session, specs, now)


def enabled(database: Database) -> dict[str, bool]:
    """Slugs and URLs, and whether they are enabled."""
    with database.read() as session:
        rows = [
            *session.execute(select(Source.slug, Source.enabled)),
            *session.execute(select(Feed.url, Feed.enabled)),
        ]
    return dict(map(tuple, rows))


def test_a_first_file(database: Database) -> None:
    assert sync(database, HESPRESS, MEDIAS24) == SyncReport(2, 3, added=3, disabled=0)
    assert all(enabled(database).values())
    with database.read() as session:
        feed = session.execute(select(Feed).where(Feed.url == "https://h.example/2")).scalar_one()
        assert (feed.status, feed.next_poll_at, feed.position) == ("new", NOW, 1)


def test_the_same_file_again_changes_nothing(database: Database) -> None:
    sync(database, HESPRESS, MEDIAS24)
    assert sync(database, HESPRESS, MEDIAS24, now=LATER) == SyncReport(2, 3, added=0, disabled=0)
    with database.read() as session:
        assert set(session.execute(select(Feed.next_poll_at)).scalars()) == {NOW}


def test_a_source_that_left_the_file_is_disabled_and_its_entries_stay(database: Database) -> None:
    sync(database, HESPRESS, MEDIAS24)
    with database.write() as session:
        make_entry(session, 1)
    assert sync(database, MEDIAS24).disabled == 2
    assert enabled(database) == {
        "hespress": False,
        "medias24": True,
        "https://h.example/1": False,
        "https://h.example/2": False,
        "https://m.example/": True,
    }
    with database.read() as session:
        assert session.execute(select(Entry.id)).scalars().all() == [1]


def test_a_source_that_comes_back_is_polled_at_once(database: Database) -> None:
    sync(database, HESPRESS)
    with database.write() as session:
        make_entry(session, 1)
        session.execute(Feed.__table__.update().values(next_poll_at=NOW + timedelta(days=1)))
    sync(database, MEDIAS24)
    sync(database, HESPRESS, MEDIAS24, now=LATER)
    with database.read() as session:
        row = session.execute(select(Feed).where(Feed.id == 1)).scalar_one()
        assert (row.enabled, row.next_poll_at, row.entry_count) == (True, LATER, 1)


def test_a_feed_that_was_gone_is_tried_again_when_it_comes_back(database: Database) -> None:
    sync(database, HESPRESS)
    with database.write() as session:
        session.execute(Feed.__table__.update().values(status="gone"))
    sync(database, HESPRESS)
    with database.read() as session:
        assert set(session.execute(select(Feed.status)).scalars()) == {"gone"}
    sync(database)
    sync(database, HESPRESS)
    with database.read() as session:
        assert set(session.execute(select(Feed.status)).scalars()) == {"new"}


def test_one_feed_less(database: Database) -> None:
    sync(database, HESPRESS)
    assert sync(database, a_source("hespress", "https://h.example/2")).disabled == 1
    assert enabled(database)["https://h.example/1"] is False
    assert enabled(database)["https://h.example/2"] is True


def test_an_empty_file_disables_everything(database: Database) -> None:
    sync(database, HESPRESS)
    assert sync(database) == SyncReport(0, 0, added=0, disabled=2)
    assert not any(enabled(database).values())


def test_what_the_file_says_of_a_source_is_taken_over(database: Database) -> None:
    sync(database, HESPRESS, MEDIAS24)
    changed = a_source(
        "hespress",
        "https://h.example/1",
        "https://h.example/2",
        sections=["sport"],
        name=LocalizedName("هسبريس", "Hespress FR", "Hespress"),
        country="FR",
        ownership="private",
    )
    sync(database, MEDIAS24, changed)
    with database.read() as session:
        row = session.execute(select(Source).where(Source.slug == "hespress")).scalar_one()
        assert (row.name_ar, row.name_fr, row.country, row.ownership, row.position) == (
            "هسبريس",
            "Hespress FR",
            "FR",
            "private",
            1,
        )
        sections = session.execute(select(Feed.section).order_by(Feed.url)).scalars().all()
        assert sections == ["sport", "general", "general"]


def test_a_feed_that_moves_to_another_source_is_reported(database: Database) -> None:
    sync(database, HESPRESS, MEDIAS24)
    medias = a_source("medias24", "https://m.example/", "https://h.example/1")
    report = sync(database, a_source("hespress", "https://h.example/2"), medias)
    assert (report.added, report.moved) == (0, (1,))
    with database.read() as session:
        assert session.execute(select(Feed.source_id).where(Feed.id == 1)).scalar_one() == 2


def test_a_poll_under_way_never_stores_under_the_source_it_moved_away_from(
    database: Database,
) -> None:
    sync(database, HESPRESS, MEDIAS24)
    with database.write() as session:
        feed = claim_feed(session, 1)
    sync(database, a_source("medias24", "https://m.example/", "https://h.example/1"))
    with database.write() as session, pytest.raises(LeaseLost):
        outcomes.record_failure(
            session,
            feed,
            FeedFailure("timeout", "too slow"),
            status="failing",
            polled_at=NOW,
            next_poll_at=LATER,
            not_before=None,
            drop_adopted=False,
        )


def test_a_line_with_the_adopted_address_is_the_same_feed(database: Database) -> None:
    old, new = "https://hespress.example/feed", "https://hespress.example/rss"
    with database.write() as session:
        sync_sources(session, [a_source("hespress", old)], NOW)
        session.execute(update(Feed).values(adopted_url=new, entry_count=9))
    with database.write() as session:
        report = sync_sources(session, [a_source("hespress", new)], NOW)
    assert (report.added, report.disabled) == (0, 0)
    with database.read() as session:
        (row,) = session.execute(select(Feed.url, Feed.adopted_url, Feed.entry_count)).all()
    assert tuple(row) == (new, None, 9)
