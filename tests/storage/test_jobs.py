"""Daily jobs: one process of the installation runs each."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from aggregator.storage.engine import Database
from aggregator.storage.jobs import claim_daily_run
from tests.builders import NOW

DAY = timedelta(days=1)


def turn(database: Database, after: timedelta = timedelta(0), name: str = "retention") -> bool:
    with database.write() as session:
        return claim_daily_run(session, name, DAY, NOW + after)


def test_once_a_day(database: Database) -> None:
    assert turn(database)
    assert not turn(database)
    assert not turn(database, timedelta(hours=23, minutes=59))
    assert turn(database, DAY)
    assert not turn(database, DAY)


def test_each_job_by_itself(database: Database) -> None:
    assert turn(database)
    assert turn(database, name="backup")


@pytest.mark.parametrize("days", [0, 1])
def test_of_many_processes_one_runs_it(database: Database, days: int) -> None:
    if days:
        turn(database)
    together = threading.Barrier(6)

    def process(_: int) -> bool:
        together.wait()
        return turn(database, days * DAY)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(process, range(6))) == 1
