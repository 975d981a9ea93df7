"""A replica is read from while it is up to date, and never otherwise."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select, text

from aggregator.services.operate.doctor import check_replica
from aggregator.storage.engine import Database
from aggregator.storage.models import Source
from aggregator.storage.replica import MAX_LAG_S, Replica, ReplicaLag
from tests.builders import make_source
from tests.standby import Pair, check_until, pair

# --- how late ------------------------------------------------------------------------------------


def test_a_replica_with_the_latest_transaction_is_not_late() -> None:
    lag = ReplicaLag()
    lag.note_primary(700, 1.0)
    lag.note_primary(705, 2.0)
    assert lag.seconds(705) == 0
    assert lag.seconds(900) == 0


def test_a_replica_is_as_late_as_the_latest_moment_it_has_reached() -> None:
    lag = ReplicaLag()
    for at, transaction in ((1.0, 700), (2.0, 705), (3.0, 705), (8.0, 710)):
        lag.note_primary(transaction, at)
    assert lag.seconds(705) == 5
    assert lag.seconds(704) == 7


def test_it_is_unknown_how_late_a_replica_is_that_has_reached_nothing() -> None:
    lag = ReplicaLag()
    assert lag.seconds(700) is None
    lag.note_primary(701, 1.0)
    assert lag.seconds(700) is None


def test_a_primary_that_does_nothing_makes_no_replica_late() -> None:
    lag = ReplicaLag()
    for at in range(1000):
        lag.note_primary(700, float(at))
    assert lag.seconds(700) == 0


# --- a standby -----------------------------------------------------------------------------------


class Clock:
    """Monotonic seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def both(postgresql: Callable[[str], str]) -> Iterator[Pair]:
    with pair(postgresql, "replicated") as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def replica(both: Pair, clock: Clock) -> Iterator[Replica]:
    made = Replica(both.primary, both.url, clock)
    yield made
    made.close()


def write(database: Database) -> None:
    with database.write() as session:
        session.execute(text("SELECT pg_current_xact_id()"))


def test_nothing_is_read_from_a_replica_before_it_was_checked(replica: Replica) -> None:
    assert not replica.is_usable()
    check_until(replica, "")
    assert replica.is_usable()


def test_what_is_written_can_be_read_from_the_replica(both: Pair, replica: Replica) -> None:
    with both.primary.write() as session:
        make_source(session, "hespress")
    check_until(replica, "")
    with replica.read() as session:
        assert session.execute(select(func.count()).select_from(Source)).scalar_one() == 1


def test_a_replica_that_does_not_keep_up_is_not_read_from(
    both: Pair, replica: Replica, clock: Clock
) -> None:
    check_until(replica, "")
    both.pause()
    try:
        write(both.primary)
        clock.now += MAX_LAG_S
        assert replica.check().lag_s == MAX_LAG_S
        assert replica.is_usable()
        clock.now += 1
        assert replica.check().problem == "late"
        assert not replica.is_usable()
    finally:
        both.resume()
    check_until(replica, "")
    assert replica.is_usable()


def test_a_replica_that_starts_behind_is_not_read_from(both: Pair, replica: Replica) -> None:
    both.pause()
    try:
        write(both.primary)
        state = replica.check()
        assert (state.problem, state.lag_s) == ("late", None)
        finding = check_replica(replica, pause=lambda _: None)
        assert finding.status == "warning"
        assert "not caught up" in finding.message
        assert check_replica(replica, pause=lambda _: catch_up(both)).status == "ok"
    finally:
        both.resume()


def catch_up(both: Pair) -> None:
    both.resume()
    other = Replica(both.primary, both.url)
    check_until(other, "")
    other.close()


def test_a_replica_is_not_read_from_when_checks_do_not_end(replica: Replica, clock: Clock) -> None:
    check_until(replica, "")
    clock.now += 6
    assert not replica.is_usable()


def test_a_replica_with_another_schema_is_not_read_from(both: Pair, replica: Replica) -> None:
    with both.primary.write() as session:
        head = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    try:
        set_revision(both.primary, "0019")
        check_until(replica, "old schema")
        assert not replica.is_usable()
        assert "0019" in check_replica(replica).message
    finally:
        set_revision(both.primary, head)
    check_until(replica, "")


def set_revision(database: Database, revision: str) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_a_server_that_is_no_standby_is_not_read_from(both: Pair) -> None:
    url = both.primary.url.render_as_string(hide_password=False)
    primary = Replica(both.primary, url)
    assert primary.check().problem == "not a standby"
    assert check_replica(primary).status == "warning"
    primary.close()


@pytest.fixture(params=["refuses", "is silent"])
def away(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server that has gone, or has vanished with its machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if request.param == "refuses":
            server.close()
        yield f"postgresql+psycopg://127.0.0.1:{port}/marsad"


def test_visitors_can_read_while_the_primary_is_away(
    both: Pair, replica: Replica, away: str
) -> None:
    check_until(replica, "")
    primary = Database(away)
    without = Replica(primary, both.url)
    without._lag = replica._lag  # what was seen before
    assert without.check().problem == ""
    without.close()
    primary.close()


def test_a_replica_that_is_down_says_so_once_and_is_used_again(
    both: Pair, replica: Replica, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aggregator.storage.replica")
    check_until(replica, "")
    both.server.stop()
    for _ in range(3):
        assert replica.check().problem == "down"
    assert not replica.is_usable()
    assert check_replica(replica).status == "warning"
    both.server.start()
    check_until(replica, "")
    lines = [record.getMessage() for record in caplog.records]
    assert [("not read from" in line, "***" in line or "@" in line) for line in lines] == [
        (False, True), (True, True), (False, True),
    ]  # fmt: skip


def test_a_promoted_replica_is_not_read_from(both: Pair, replica: Replica) -> None:
    """The last test of this standby: it goes its own way from now on."""
    check_until(replica, "")
    both.server.promote()
    assert replica.check().problem == "not a standby"
