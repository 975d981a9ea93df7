"""A failure that repeats is logged once, then counted, then over."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from aggregator.runtime.failure_log import FIRST_COUNT_S, FailureLog


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def failures(clock: Clock) -> FailureLog:
    return FailureLog("the database", clock)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return found


def test_one_line_for_all_jobs_then_counts_then_the_end(
    failures: FailureLog, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    cause = "connection refused\n\tIs the server running?\n"
    for _ in range(59):
        for job in ("claim", "tend", "subscribe"):
            failures.failed(job, cause)
        clock.now_s += 1
    assert lines(caplog) == ["claim: connection refused Is the server running?"]
    for _ in range(3_600):
        failures.failed("claim", cause)
        clock.now_s += 1
    counts = lines(caplog)
    assert len(counts) == 6  # after 1, 2, 4, 8, 16 and 32 minutes
    assert counts[0] == (
        "the database has failed for 0:01:00, 179 times: connection refused Is the server running?"
    )
    failures.worked("tend")
    assert lines(caplog) == ["the database works again, after 1:00:59 and 3777 failures"]


def test_a_day_has_a_line_an_hour_at_most(
    failures: FailureLog, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(24 * 60):
        failures.failed("claim", "refused")
        clock.now_s += FIRST_COUNT_S
    assert len(lines(caplog)) <= 6 + 24


def test_another_cause_is_told(failures: FailureLog, caplog: pytest.LogCaptureFixture) -> None:
    for cause in ("shutting down", "refused", "refused", "starting up", "refused"):
        failures.failed("claim", cause)
    assert lines(caplog) == ["claim: shutting down", "claim: refused", "claim: starting up"]


def test_jobs_that_never_failed_end_nothing(
    failures: FailureLog, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        failures.failed("tend", "disk full")
        failures.worked("claim")
    assert lines(caplog) == ["tend: disk full"]


def test_the_next_outage_is_logged_again(
    failures: FailureLog, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        failures.failed("claim", "refused")
        failures.failed("claim", "refused")
        failures.worked("claim")
        failures.worked("claim")
    again = "the database works again, after 0:00:00 and 2 failures"
    assert lines(caplog) == ["claim: refused", again] * 2


def test_a_long_cause_is_cut(failures: FailureLog, caplog: pytest.LogCaptureFixture) -> None:
    failures.failed("claim", "x" * 10_000)
    assert len(lines(caplog)[0]) < 400


def test_threads_log_one_after_the_other(caplog: pytest.LogCaptureFixture) -> None:
    inside: list[int] = []
    together: list[int] = []

    def clock() -> float:
        inside.append(1)
        together.append(len(inside))
        time.sleep(0.001)
        inside.pop()
        return 0.0

    failures = FailureLog("the database", clock)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: failures.failed("store", "refused"), range(40)))
    assert together == [1] * 40
    assert lines(caplog) == ["store: refused"]
