"""A database of the test server and its copy on a streaming standby, for tests of `read_url`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from aggregator.storage.engine import Database
from aggregator.storage.replica import Replica
from aggregator.storage.schema import migrate
from benchmarks.standby import Standby, standby

_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Pair:
    """A migrated database, and the same on a standby."""

    primary: Database
    server: Standby

    @property
    def url(self) -> str:
        """The URL of the database on the standby."""
        return self.server.url(self.primary.url.render_as_string(hide_password=False))

    def on_standby(self, statement: str) -> Any:
        """What a function of the standby returns."""
        database = Database(self.url)
        with database.read() as session:
            value = session.execute(text(statement)).scalar_one()
        database.close()
        return value

    def pause(self) -> None:
        """Let the standby fall behind what it has replayed by now, until `resume`."""
        with self.primary.write() as session:
            now = session.execute(
                text("SELECT pg_logical_emit_message(false, '', '')")
            ).scalar_one()
        deadline = time.monotonic() + _TIMEOUT_S
        while not self.on_standby(f"SELECT pg_last_wal_replay_lsn() >= '{now}'"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.on_standby("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        """Let the standby catch up."""
        self.on_standby("SELECT pg_wal_replay_resume()")


@contextmanager
def pair(postgresql: Callable[[str], str], name: str) -> Iterator[Pair]:
    """A database of this name on the test server, and its standby, while the block runs."""
    primary = Database(postgresql(name))
    migrate(primary)
    with primary.read() as session:
        data = session.execute(text("SHOW data_directory")).scalar_one()
    with standby(Path(data)) as server:
        yield Pair(primary, server)
    primary.close()


def check_until(replica: Replica, problem: str) -> None:
    """Check until the replica has this problem, or none."""
    deadline = time.monotonic() + _TIMEOUT_S
    while replica.check().problem != problem:
        assert time.monotonic() < deadline, replica.state
        time.sleep(0.02)
