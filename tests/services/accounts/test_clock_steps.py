"""Sessions, invitations and rate limits while the clock is set ahead and back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.errors import TooManyAttempts
from aggregator.services.accounts import invites, rate_limits
from aggregator.services.accounts import sign_in as service
from aggregator.services.accounts.expiry import delete_expired_daily
from aggregator.services.accounts.rate_limits import RateLimit, record_attempt
from aggregator.storage.engine import Database
from tests.builders import NOW, make_user

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STEPS = pytest.mark.parametrize("ahead", [DAY, 400 * DAY, 3650 * DAY])
LIMIT = RateLimit(2, 15 * MINUTE)


@STEPS
def test_who_signed_in_while_the_clock_was_ahead_stays_signed_in(
    database: Database, ahead: timedelta
) -> None:
    with database.write() as session:
        new = service.create_session(session, make_user(session), "x", NOW + ahead)
        found = service.find_session(session, new.token, NOW)
        assert found
        if ahead > DAY:
            assert service.needs_renewal(found, NOW)  # not for longer than 30 days, though
        service.renew_session(session, new.token, NOW)
        found = service.find_session(session, new.token, NOW)
        assert found
        assert found.expires_at == NOW + 30 * DAY
        assert not service.needs_renewal(found, NOW)


@STEPS
def test_sessions_outlive_a_clock_that_is_ahead_for_a_while(
    database: Database, ahead: timedelta
) -> None:
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim")
        before = service.create_session(session, amina, "x", NOW)
        service.create_session(session, brahim, "x", NOW + ahead)  # signs in meanwhile
        assert service.find_session(session, before.token, NOW)


def test_expired_sessions_and_invitations_are_deleted_once_a_day(database: Database) -> None:
    with database.write() as session:
        chaimae = make_user(session, "Chaimae", "operator")
        token = service.create_session(session, chaimae, "x", NOW).token
        invites.create_invite(session, chaimae, "x", "reader", 1, NOW)
    for later, left in ((30 * DAY, 1), (31 * DAY, 0)):
        delete_expired_daily(database, NOW + later)
        with database.read() as session:
            assert service.find_session(session, token, NOW) is None
            assert len(invites.list_invites(session)) == left


@STEPS
def test_rate_limits_are_over_when_the_clock_is_put_right(
    database: Database, ahead: timedelta
) -> None:
    with database.write() as session:
        for _ in range(2):
            record_attempt(session, "name:x", LIMIT, NOW + ahead)
        for _ in range(2):
            record_attempt(session, "name:x", LIMIT, NOW)
        with pytest.raises(TooManyAttempts):
            record_attempt(session, "name:x", LIMIT, NOW)
        record_attempt(session, "name:x", LIMIT, NOW + 15 * MINUTE)


def test_a_small_step_back_makes_nobody_wait_longer_than_the_window(database: Database) -> None:
    with database.write() as session:
        for moment in (NOW + 5 * MINUTE, NOW):  # the window of the future is over
            for _ in range(2):
                record_attempt(session, "name:x", LIMIT, moment)
        with pytest.raises(TooManyAttempts) as refused:
            record_attempt(session, "name:x", LIMIT, NOW)
    assert refused.value.wait == LIMIT.window
    assert rate_limits.SIGN_INS_PER_NAME_AND_ADDRESS.window == LIMIT.window
