"""Visitors read news from the replica; who is signed in reads the primary, which has it all."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from aggregator.config import Settings
from aggregator.services.accounts import accounts, api_tokens
from aggregator.storage.engine import Database
from aggregator.storage.replica import Replica
from tests.builders import FAST_PASSWORDS, NOW, make_entry, make_feed
from tests.standby import Pair, check_until, pair
from tests.web.browser import Browser
from tests.web.conftest import populate_newsroom
from web import create_app
from web.state import set_state, state_of

NEW = "خبر جديد"
_numbers = itertools.count()


@pytest.fixture(scope="module")
def both(postgresql: Callable[[str], str]) -> Iterator[Pair]:
    with pair(postgresql, "replicated_newsroom") as made:
        populate_newsroom(made.primary)
        yield made


@pytest.fixture
def app(both: Pair) -> Iterator[Flask]:
    """A site with a replica that is up to date."""
    settings = Settings.model_validate(
        {"database": {"url": str(both.primary.url), "read_url": both.url}}
    )
    made = create_app(settings, both.primary, FAST_PASSWORDS)
    made.testing = True
    replica_of(made)._clock = lambda: 0.0  # so that no check gets old on a slow machine
    check_until(replica_of(made), "")
    yield made
    replica_of(made).close()


@pytest.fixture
def late(both: Pair) -> Iterator[int]:
    """An entry that the replica does not have yet, although it counts as up to date."""
    both.pause()
    with both.primary.write() as session:
        feed = make_feed(session, 1, f"https://h.example/{next(_numbers)}")
        entry = make_entry(session, feed, NEW)
    yield entry
    both.resume()


def replica_of(app: Flask) -> Replica:
    replica = state_of(app).replica
    assert replica is not None
    return replica


def failures(app: Flask) -> float:
    name = "marsad_replica_failures_total"
    return state_of(app).metrics.registry.get_sample_value(name) or 0


def test_visitors_read_from_the_replica(app: Flask, late: int) -> None:
    driss = Browser(app)
    assert driss.get(f"/entries/{late}").status_code == 404
    assert driss.get(f"/api/v1/entries/{late}").status_code == 404
    assert NEW not in driss.get("/?view=entries").text


def test_readers_read_from_the_primary(app: Flask, late: int) -> None:
    amina = Browser(app)
    amina.sign_in("Amina")
    assert amina.get(f"/entries/{late}").status_code == 200
    assert amina.post(f"/entries/{late}/star", on="1").status_code == 303
    assert NEW in amina.get("/starred").text


def test_programs_with_a_token_read_from_the_primary(app: Flask, both: Pair, late: int) -> None:
    """The token was made a moment ago, too."""
    with both.primary.write() as session:
        user = accounts.find(session, "Amina")
        token = api_tokens.create_token(session, user, "script", NOW)
    headers = {"Authorization": f"Bearer {token}"}
    driss = Browser(app)
    assert driss.get(f"/api/v1/entries/{late}", headers=headers).status_code == 200


def test_a_readers_own_feed_can_be_read_at_once(app: Flask, both: Pair, late: int) -> None:
    amina = Browser(app)
    amina.sign_in("Amina")
    amina.post(f"/entries/{late}/star", on="1")
    page = amina.post("/account/feeds", kind="starred").text
    found = re.search(r"/feeds/[\w-]{43}\.atom", page)
    assert found
    assert NEW in Browser(app).get(found[0]).text


def test_the_first_answer_after_signing_in_is_ones_own(app: Flask, both: Pair) -> None:
    both.pause()
    try:
        brahim = Browser(app)
        brahim.sign_in("Brahim")
        assert brahim.get("/account").status_code == 200
    finally:
        both.resume()


def test_a_request_that_the_replica_fails_is_answered_from_the_primary(
    app: Flask, both: Pair
) -> None:
    driss = Browser(app)
    both.server.stop()
    try:
        assert replica_of(app).is_usable()  # the latest check knows nothing yet
        before = failures(app)
        assert driss.get("/entries/1").status_code == 200
        assert failures(app) == before + 1
        assert not replica_of(app).is_usable()
        assert driss.get("/entries/999").status_code == 404
        assert driss.get("/").status_code == 200
        assert failures(app) == before + 1
    finally:
        both.server.start()
    check_until(replica_of(app), "")


def test_a_page_that_is_not_found_is_still_not_found_from_the_primary(
    app: Flask, both: Pair
) -> None:
    both.server.stop()
    try:
        assert Browser(app).get("/entries/999").status_code == 404
        assert Browser(app).get("/api/v1/entries/1").status_code == 200
    finally:
        both.server.start()


@pytest.mark.parametrize(
    "page",
    [
        "/",
        "/?view=entries",
        "/about",
        "/agencies",
        "/api/v1/entries",
        "/api/v1/search?q=سدود",
        "/changes",
        "/entries/1",
        "/front.atom",
        "/insights",
        "/owners",
        "/research?q=سدود",
        "/search?q=سدود",
        "/sections/politics",
        "/sitemap.xml",
        "/sources",
        "/sources/hespress",
        "/topics",
    ],
)
def test_visitors_read_from_the_replica_while_the_primary_is_down(app: Flask, page: str) -> None:
    down = Database("postgresql+psycopg://127.0.0.1:1/marsad")
    set_state(app, replace(state_of(app), database=down))
    assert Browser(app).get(page).status_code == 200
    assert failures(app) == 0
    assert replica_of(app).is_usable()
    down.close()


def test_an_older_schema_on_the_replica_breaks_no_page(app: Flask, both: Pair) -> None:
    """The table is missing there until the migration has been replayed."""
    with both.primary.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE entries RENAME TO later_entries")
    check_until(replica_of(app), "")
    both.pause()
    try:
        with both.primary.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE later_entries RENAME TO entries")
        assert Browser(app).get("/entries/1").status_code == 200
    finally:
        both.resume()


def test_a_table_that_the_replica_keeps_locked_is_read_from_the_primary(
    app: Flask, both: Pair
) -> None:
    """The standby replays the lock of a migration, and falls behind before it is given back."""
    with both.primary.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE entries IN ACCESS EXCLUSIVE MODE")
        both.pause()
    try:
        assert Browser(app).get("/entries/1").status_code == 200
        assert failures(app) == 1
    finally:
        both.resume()


def test_metrics_show_the_replica(app: Flask) -> None:
    chaimae = Browser(app)
    chaimae.sign_in("Chaimae")
    text = chaimae.get("/metrics").text
    assert "marsad_replica_usable 1.0" in text
    assert "marsad_replica_lag_seconds " in text
    assert "marsad_replica_failures_total " in text
