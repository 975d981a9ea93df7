"""A PostgreSQL database that can be stopped, and a log without earlier outages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine, text

from aggregator.runtime.failure_log import DATABASE_FAILURES
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from tests.web.conftest import populate_newsroom


@pytest.fixture(autouse=True)
def _no_earlier_outage() -> None:
    DATABASE_FAILURES.forget()


@pytest.fixture
def server(postgresql: Callable[[str], str]) -> Iterator[tuple[Database, Callable[[str], None]]]:
    """A newsroom in PostgreSQL, and a way to run statements beside it."""
    database = Database(postgresql("faults"))
    migrate(database)
    populate_newsroom(database)
    admin = create_engine(database.url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def run(statement: str) -> None:
        with admin.connect() as connection:
            connection.execute(text(statement))

    yield database, run
    run("ALTER DATABASE faults ALLOW_CONNECTIONS true")
    admin.dispose()
    database.close()
