"""Leases: one poller per feed at a time, with any number of pollers."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select, update

from aggregator.storage.engine import Database
from aggregator.storage.feeds import leases
from aggregator.storage.models import Feed, Source
from aggregator.types import FeedForPoll
from tests.builders import NOW, feed_row, make_feed, make_source

MINUTE = timedelta(minutes=1)


def claim(
    database: Database,
    *,
    which: ColumnElement[bool] | None = None,
    limit: int = 10,
    lease: str | None = None,
    now: datetime = NOW,
) -> list[FeedForPoll]:
    with database.write() as session:
        return leases.claim(
            session,
            leases.due(now) if which is None else which,
            limit=limit,
            lease=lease or leases.new_lease_id(),
            now=now,
            until=now + MINUTE,
        )


def urls(feeds: list[FeedForPoll]) -> list[str]:
    return [feed.url.rpartition("/")[2] for feed in feeds]


@pytest.fixture
def newsroom(database: Database) -> Database:
    """Feeds due since 3, 2 and 1 minutes, one that is not due, one disabled, one gone."""
    with database.write() as session:
        source = make_source(session)
        closed = make_source(session, "closed", enabled=False)
        for url, values in {
            "one": {"next_poll_at": NOW - MINUTE},
            "two": {"next_poll_at": NOW - 2 * MINUTE},
            "three": {"next_poll_at": NOW - 3 * MINUTE},
            "later": {"next_poll_at": NOW + MINUTE},
            "disabled": {"enabled": False},
            "gone": {"status": "gone"},
        }.items():
            make_feed(session, source, f"https://h.example/{url}", **values)
        make_feed(session, closed, "https://c.example/closed")
    return database


def test_those_that_wait_longest_come_first(newsroom: Database) -> None:
    assert urls(claim(newsroom, limit=2)) == ["three", "two"]
    assert urls(claim(newsroom, limit=2)) == ["one"]
    assert claim(newsroom) == []


def test_never_more_than_there_is_room_for(database: Database) -> None:
    with database.write() as session:
        source = make_source(session)
        for number in range(50):
            make_feed(session, source, f"https://h.example/{number}")
    for _ in range(7):
        assert len(claim(database, limit=7)) == 7


def test_a_claim_brings_what_polling_needs(database: Database) -> None:
    with database.write() as session:
        source = make_source(session, language="fr", timezone="Europe/Paris")
        make_feed(
            session,
            source,
            "https://h.example/feed",
            adopted_url="https://new.example/feed",
            etag='"1"',
            failures=2,
            newest_entry_at=NOW,
        )
    (feed,) = claim(database, lease="me")
    assert feed.url == "https://new.example/feed"
    assert feed.configured_url == "https://h.example/feed"
    assert (feed.language, feed.timezone, feed.etag, feed.failures) == (
        "fr",
        "Europe/Paris",
        '"1"',
        2,
    )
    assert (feed.newest_at, feed.lease) == (NOW, "me")


def test_a_claim_that_ran_out_is_anybodys(newsroom: Database) -> None:
    mine = claim(newsroom, lease="mine")
    assert claim(newsroom, now=NOW + timedelta(seconds=59)) == []
    theirs = claim(newsroom, lease="theirs", now=NOW + MINUTE + timedelta(seconds=1))
    assert set(urls(mine)) < set(urls(theirs))


def test_a_claim_is_held_by_extending_it(newsroom: Database) -> None:
    claim(newsroom, lease="mine")
    with newsroom.write() as session:
        leases.extend(session, {"mine"}, NOW + 5 * MINUTE)
    assert urls(claim(newsroom, now=NOW + 4 * MINUTE)) == ["later"]


def test_extending_gives_back_nothing_that_was_lost(newsroom: Database) -> None:
    claim(newsroom, lease="mine")
    claim(newsroom, lease="theirs", now=NOW + 2 * MINUTE)
    with newsroom.write() as session:
        leases.extend(session, {"mine"}, NOW + 9 * MINUTE)
        held = session.execute(select(Feed.lease).where(Feed.lease.is_not(None))).scalars()
        assert set(held) == {"theirs"}


def test_what_is_given_back_is_free_at_once(newsroom: Database) -> None:
    feeds = claim(newsroom, lease="mine")
    with newsroom.write() as session:
        leases.release(session, "mine", [feeds[0].id])
        leases.release(session, "theirs", [feeds[1].id])
    assert urls(claim(newsroom)) == ["three"]


def test_counting(newsroom: Database) -> None:
    claim(newsroom, limit=1)
    with newsroom.read() as session:
        assert leases.count(session, leases.due(NOW), NOW) == 2
        assert leases.count(session, leases.due(NOW), NOW, held=True) == 3


def test_any_is_due_until_all_are_claimed(newsroom: Database) -> None:
    for expected in (True, True, True, False):
        with newsroom.read() as session:
            assert leases.any_due(session, NOW) is expected
        claim(newsroom, limit=1)
    with newsroom.read() as session:
        assert not leases.any_due(session, NOW + MINUTE - timedelta(seconds=1))
        assert leases.any_due(session, NOW + MINUTE)  # "later", and the claims expire


def test_none_is_due_while_its_host_is_left_alone(database: Database) -> None:
    with database.write() as session:
        make_feed(session, make_source(session), next_poll_at=NOW, not_before=NOW + MINUTE)
    with database.read() as session:
        assert not leases.any_due(session, NOW)
        assert leases.any_due(session, NOW + MINUTE)


# --- poll now -----------------------------------------------------------------------------------


def test_poll_now_takes_every_feed_due_or_not(newsroom: Database) -> None:
    now = leases.not_polled_since(NOW, NOW, ())
    assert set(urls(claim(newsroom, which=now))) == {"one", "two", "three", "later"}


def test_poll_now_takes_each_feed_once(newsroom: Database) -> None:
    with newsroom.write() as session:
        session.execute(update(Feed).where(Feed.url.endswith("/one")).values(last_polled_at=NOW))
        before = NOW - timedelta(seconds=1)
        session.execute(update(Feed).where(Feed.url.endswith("/two")).values(last_polled_at=before))
    now = leases.not_polled_since(NOW, NOW + MINUTE, ())
    assert set(urls(claim(newsroom, which=now))) == {"two", "three", "later"}


def test_poll_now_waits_where_the_publisher_asked_for_it(newsroom: Database) -> None:
    with newsroom.write() as session:
        session.execute(
            update(Feed).where(Feed.url.endswith("/one")).values(not_before=NOW + MINUTE)
        )
    assert "one" not in urls(claim(newsroom, which=leases.not_polled_since(NOW, NOW, ())))
    later = NOW + MINUTE
    assert "one" in urls(claim(newsroom, which=leases.not_polled_since(NOW, later, ()), now=later))


def test_poll_now_of_named_sources_tries_even_what_is_gone(newsroom: Database) -> None:
    with newsroom.write() as session:
        make_feed(session, make_source(session, "medias24"), "https://m.example/medias")
    medias = leases.not_polled_since(NOW, NOW, ["medias24"])
    assert urls(claim(newsroom, which=medias)) == ["medias"]
    hespress = leases.not_polled_since(NOW, NOW, ["hespress"])
    assert "gone" in urls(claim(newsroom, which=hespress))


# --- several pollers ----------------------------------------------------------------------------


def test_no_feed_is_ever_claimed_twice(database: Database) -> None:
    with database.write() as session:
        source = make_source(session)
        for number in range(60):
            make_feed(session, source, f"https://h.example/{number}")
    together = threading.Barrier(6)

    def poller(_: int) -> list[int]:
        mine: list[int] = []
        together.wait()
        while claimed := claim(database, limit=3):
            assert len(claimed) <= 3
            mine += [feed.id for feed in claimed]
        return mine

    with ThreadPoolExecutor(6) as pool:
        claimed = Counter(id_ for ids in pool.map(poller, range(6)) for id_ in ids)
    # A poller may find all free feeds locked by another and leave them to it.
    assert set(claimed.values()) == {1}
    assert len(claimed) == 60


# --- the dead -----------------------------------------------------------------------------------


def hold(database: Database, lease: str) -> int:
    with database.write() as session:
        source = session.execute(select(Source.id)).scalar_one_or_none() or make_source(session)
        until = NOW + MINUTE
        return make_feed(
            session, source, f"https://h.example/{lease}", lease=lease, lease_until=until
        )


def free_the_dead(database: Database) -> int:
    with database.write() as session:
        return leases.release_orphaned(session)


def test_what_killed_pollers_of_this_machine_hold_is_freed(database: Database) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    here, _, name = leases.new_lease_id().split(":")
    killed = hold(database, f"{here}:{dead.pid}:{name}")
    alive = hold(database, f"{here}:{os.getpid()}:{name}")
    elsewhere = hold(database, f"elsewhere:{dead.pid}:{name}")
    another_container = hold(database, f"{here}1:{dead.pid}:{name}")
    assert free_the_dead(database) == 1
    assert feed_row(database, killed).lease is None
    for feed_id in (alive, elsewhere, another_container):
        assert feed_row(database, feed_id).lease is not None


def test_a_process_of_somebody_else_is_alive(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(pid: int, number: int) -> Any:
        raise PermissionError

    monkeypatch.setattr(os, "kill", kill)
    hold(database, leases.new_lease_id())
    assert free_the_dead(database) == 0
