"""Times that a clock which was ahead has left: found, brought back, and right ones left alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from aggregator.process.deadlines import CLOCK_TOLERANCE, SESSION_LIFETIME
from aggregator.storage import models
from aggregator.storage.accounts import api_tokens, invites, sessions
from aggregator.storage.clock_repair import bring_times_back
from aggregator.storage.engine import Database
from aggregator.storage.future_times import HAPPENED, has_future_times
from aggregator.storage.models import (
    Base,
    Feed,
    InviteRow,
    Job,
    PasswordLinkRow,
    Push,
    SignInFailure,
    TopicPin,
    UserSession,
    WebsubSubscription,
)
from aggregator.storage.models.base import UtcTime
from tests.builders import NOW, feed_row, make_entry, make_feed, make_source, make_user

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AHEAD = NOW + 400 * DAY
LONGEST = DAY

# Deadlines, each with a test below; `leases` and `host_backoff` bound those of feeds as they read.
WAITS = {
    Feed: {"next_poll_at", "not_before", "lease_until"},
    WebsubSubscription: {"next_try_at", "lease_until"},
    UserSession: {"expires_at"},
    InviteRow: {"expires_at"},
    PasswordLinkRow: {"expires_at"},
    TopicPin: {"expires_at"},
    models.FrontPin: {"expires_at"},
    models.ApiToken: {"expires_at"},
    models.SourceLookupRow: {"lease_until"},  # bounded as it is read
    models.SignInStepRow: {"expires_at"},  # bounded as they are read
    models.SpentChallengeRow: {"expires_at"},
    models.AttemptCount: {"ends_at"},  # `attempts` bounds it as it counts
}
# Brought back by `storage.entries.future_dates`, with the entries they belong to.
OF_ENTRIES = {
    models.Entry: {"published_at", "updated_at", "fetched_at"},
    models.TopicEntry: {"published_at"},
    models.StoryRow: {"first_at", "last_at"},
    models.StoryLanguage: {"lead_at", "shown_at"},
    models.StorySource: {"shown_at"},
    models.StoryVectorRow: {"at"},
}


def repair(database: Database, now: datetime = NOW) -> int:
    with database.write_exclusive() as session:
        return bring_times_back(session, now, LONGEST)


def feed(database: Database, url: str = "https://a.example/", **values: Any) -> int:
    with database.write() as session:
        source = session.execute(select(models.Source.id)).scalar() or make_source(session)
        return make_feed(session, source, url, **values)


def models_with_times() -> list[tuple[type[Base], set[str]]]:
    models.all_tables()  # maps those that nothing has used yet
    found = []
    for mapper in Base.registry.mappers:
        times = {column.key for column in mapper.columns if isinstance(column.type, UtcTime)}
        if times:
            found.append((mapper.class_, times))
    return sorted(found, key=lambda pair: pair[0].__name__)


@pytest.mark.parametrize(("model", "times"), models_with_times())
def test_every_stored_time_has_a_rule(model: type[Base], times: set[str]) -> None:
    happened = set(HAPPENED.get(model.__tablename__, ()))
    if model is models.ActRow:
        return  # stays as it was written
    assert times == happened | WAITS.get(model, set()) | OF_ENTRIES.get(model, set())


def found(database: Database) -> bool:
    with database.read() as session:
        return has_future_times(session, NOW, LONGEST)


@pytest.mark.parametrize(
    "values",
    [
        {"created_at": AHEAD},
        {"last_polled_at": AHEAD},
        {"next_poll_at": NOW + 2 * DAY},
        {"not_before": AHEAD},
    ],
)
def test_a_time_in_the_future_is_found(database: Database, values: dict[str, datetime]) -> None:
    right = {"last_polled_at": NOW, "next_poll_at": NOW + DAY, "not_before": NOW + DAY}
    feed_id = feed(database, **right)
    with database.write() as session:
        make_entry(session, feed_id, published_at=NOW)
    assert not found(database)
    feed(database, "https://b.example/", **values)
    assert found(database)


@pytest.mark.parametrize("name", ["published_at", "fetched_at"])
def test_an_entry_in_the_future_is_found(database: Database, name: str) -> None:
    with database.write() as session:
        source = make_source(session)
        make_entry(session, make_feed(session, source), **{name: AHEAD})
    assert found(database)


# --- feeds ---------------------------------------------------------------------------------------


def test_a_feed_polled_by_a_clock_ahead(database: Database) -> None:
    times = ("status_since", "error_since", "last_polled_at", "last_success_at", "newest_entry_at")
    feed_id = feed(
        database,
        next_poll_at=AHEAD + HOUR,
        not_before=AHEAD + MINUTE,
        **dict.fromkeys(times, AHEAD),
    )
    assert repair(database) > 0
    row = feed_row(database, feed_id)
    assert (row.next_poll_at, row.not_before) == (NOW, None)
    assert {getattr(row, name) for name in times} == {NOW}
    assert repair(database) == 0


@pytest.mark.parametrize("step", [HOUR, DAY])
def test_a_clock_set_back_by_less_than_the_longest_wait(
    database: Database, step: timedelta
) -> None:
    """The feed was polled in what is the future now: its wait tells nothing."""
    polled = NOW + step
    feed_id = feed(database, last_polled_at=polled, next_poll_at=polled + 5 * MINUTE)
    sibling = feed(
        database,
        "https://a.example/2",
        last_polled_at=NOW - HOUR,
        next_poll_at=polled + 30 * MINUTE,
        not_before=polled + 30 * MINUTE,  # its host asked both to wait
    )
    repair(database)
    assert feed_row(database, feed_id).next_poll_at == NOW
    waiting = feed_row(database, sibling)
    assert (waiting.next_poll_at, waiting.not_before) == (NOW, None)


def test_waits_that_can_be_true_are_kept(database: Database) -> None:
    values = {
        "last_polled_at": NOW + CLOCK_TOLERANCE,  # by another machine
        "next_poll_at": NOW + DAY,
        "not_before": NOW + DAY,
        "lease_until": NOW + MINUTE,
    }
    feed_id = feed(database, **values)
    assert repair(database) == 0
    row = feed_row(database, feed_id)
    assert {name: getattr(row, name) for name in values} == values


# --- the others ----------------------------------------------------------------------------------


def test_subscriptions_at_hubs(database: Database) -> None:
    feed_id = feed(database)
    with database.write() as session:
        session.execute(
            insert(WebsubSubscription).values(
                feed_id=feed_id, hub_url="https://hub.example/", topic_url="https://a.example/",
                token="t", secret="s", state="active", failures=0, requested_at=AHEAD,
                lease_until=AHEAD + 10 * DAY, last_push_at=AHEAD, next_try_at=AHEAD + 6 * DAY,
            )
        )  # fmt: skip
    repair(database)
    with database.read() as session:
        row = session.get_one(WebsubSubscription, feed_id)
        assert (row.requested_at, row.last_push_at, row.next_try_at) == (NOW, NOW, NOW)
        assert row.lease_until == NOW + 365 * DAY


def test_accounts(database: Database) -> None:
    with database.write() as session:
        chaimae = make_user(session, "Chaimae", "operator")
        for token, begun in (("now", NOW), ("ahead", AHEAD)):
            sessions.insert_session(
                session, token, chaimae.id, now=begun, expires_at=begun + SESSION_LIFETIME,
                user_agent="x",
            )  # fmt: skip
            invites.insert_invite(
                session, token, label="x", role="reader", created_by=chaimae.id, now=begun,
                expires_at=begun + 2 * DAY,
            )  # fmt: skip
    repair(database)
    with database.read() as session:
        expiries = select(UserSession.created_at, UserSession.expires_at)
        assert session.execute(expiries).all() == [(NOW, NOW + SESSION_LIFETIME)] * 2
        lives = select(InviteRow.created_at, InviteRow.expires_at)
        assert session.execute(lives).all() == [(NOW, NOW + 2 * DAY)] * 2


def test_pins_keep_their_length(database: Database) -> None:
    feed_id = feed(database)
    with database.write() as session:
        topic = models.TopicRow(
            slug="x", content={}, rule="x", state="draft", revision=1, rule_version=1,
            updated_at=AHEAD, updated_by="Brahim",
        )  # fmt: skip
        session.add(topic)
        session.flush()
        topic_id = topic.id
        for number, (begun, days) in enumerate([(NOW, 3), (AHEAD, 3), (AHEAD, None)]):
            session.add(
                TopicPin(
                    topic_id=topic_id, entry_id=make_entry(session, feed_id), position=number,
                    expires_at=begun + days * DAY if days else None, note="", editor="Brahim",
                    pinned_at=begun,
                )
            )  # fmt: skip
        pin = {
            "story_id": 7,
            "editor": "Brahim",
            "pinned_at": AHEAD,
            "expires_at": AHEAD + 6 * HOUR,
        }
        session.add(models.FrontPin(**pin))
    repair(database)
    with database.read() as session:
        assert session.get_one(models.FrontPin, 7).expires_at == NOW + 6 * HOUR
        pins = select(TopicPin.pinned_at, TopicPin.expires_at).order_by(TopicPin.position)
        assert session.execute(pins).all() == [
            (NOW, NOW + 3 * DAY), (NOW, NOW + 3 * DAY), (NOW, None),
        ]  # fmt: skip
        assert session.get_one(models.TopicRow, topic_id).updated_at == NOW


def test_jobs_attempts_and_deliveries(database: Database) -> None:
    feed_id = feed(database)
    with database.write() as session:
        session.add(Job(name="retention", last_run_at=AHEAD))
        session.add(SignInFailure(key="name:x", failed_at=AHEAD))
        session.add(Push(feed_id=feed_id, received_at=AHEAD, content_type="text/xml", body=b"x"))
    repair(database)
    with database.read() as session:
        for column in (Job.last_run_at, SignInFailure.failed_at, Push.received_at):
            assert session.execute(select(column)).scalar_one() == NOW


def test_a_token_made_by_a_clock_ahead_keeps_its_length(database: Database) -> None:
    with database.write() as session:
        user = make_user(session)
        api_tokens.insert_token(session, "t", user.id, "phone", AHEAD, AHEAD + DAY)
        api_tokens.set_last_use(session, "t", AHEAD)
    repair(database)
    with database.read() as session:
        (token,) = api_tokens.list_tokens(session, user.id)
    assert (token.created_at, token.expires_at, token.last_used_at) == (NOW, NOW + DAY, NOW)
