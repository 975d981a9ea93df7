"""A read replica: a streaming standby of PostgreSQL, for reads that may be a moment late."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aggregator.storage.engine import Database, driver_error, with_query_defaults
from aggregator.storage.schema import head_revision

# A replica further behind is not read from.
MAX_LAG_S = 10.0
CHECK_INTERVAL_S = 1.0
# Without a check for this long (a server that hangs), the replica is not read from.
_MAX_CHECK_AGE_S = 5.0
# A statement waits this long for the standby to replay the change of a table. It may have got only
# half of one that the primary has long finished.
_LOCK_WAIT_S = 0.5
# Moments of the primary to remember, one for each check.
_MOMENTS = 120
# What libpq waits, unless a URL says otherwise, for one of two servers: there is another to ask.
_TIMEOUTS = {"connect_timeout": "2", "tcp_user_timeout": "5000"}

# Transactions, and not positions in the log: of a record at its end that nobody has committed, a
# standby may have received only a part, which it cannot replay.
_PRIMARY_STATE = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
_REPLICA_STATE = text(
    "SELECT pg_is_in_recovery(), pg_snapshot_xmax(pg_current_snapshot())::text::bigint,"
    " (SELECT version_num FROM alembic_version)"
)

log = logging.getLogger(__name__)

Problem = Literal["", "unknown", "down", "not a standby", "old schema", "late"]


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """What a check found.

    `lag_s`: how far the replica is behind the primary; None if that is not known. `detail` is for
    people. Without a `problem` the replica can be read from.
    """

    problem: Problem = "unknown"
    detail: str = "not checked yet"
    lag_s: float | None = None
    checked_at: float = float("-inf")  # on the monotonic clock


class ReplicaLag:
    """How late a replica is, by which transaction of the primary was the latest at which moment.

    This needs no write to the primary and no clock but ours; and a replica that has lost its
    connection, which reports that it has replayed all it received, shows as late.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque(maxlen=_MOMENTS)

    def note_primary(self, transaction: int, now: float) -> None:
        """Remember the latest transaction of the primary."""
        self._seen.append((now, transaction))

    def seconds(self, transaction: int) -> float | None:
        """How much older a replica with this latest transaction is than the primary as last seen.

        None if it is older than all that we remember.
        """
        reached = [at for at, latest in self._seen if latest <= transaction]
        return self._seen[-1][0] - reached[-1] if reached else None


class Replica:
    """The standby at `url`, read from only while it is known to be up to date.

    `check` finds out, and `watch` does so every second. It has a connection of its own to the
    primary, so that it waits neither for pages nor for long. `clock` returns monotonic seconds.
    """

    def __init__(
        self, primary: Database, url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._primary = _impatient(primary.url)
        self._standby = _impatient(make_url(url))
        self._clock = clock
        self._lag = ReplicaLag()
        self._head = head_revision()
        self._closed = threading.Event()
        self.state = ReplicaState()

    @property
    def shown_url(self) -> str:
        """The URL for messages, without the password."""
        return self._standby.shown_url

    def is_usable(self) -> bool:
        """Whether the latest check, a moment ago, found nothing wrong."""
        state = self.state
        return not state.problem and self._clock() - state.checked_at < _MAX_CHECK_AGE_S

    def read(self, *, budget_s: float | None = None) -> AbstractContextManager[Session]:
        """A session for reading, as that of `Database.read`."""
        return self._standby.read(budget_s=budget_s, lock_wait_s=_LOCK_WAIT_S)

    def note_failure(self, error: Exception) -> None:
        """Read nothing more from the replica until a check finds it usable."""
        self._set_state("down", _one_line(error), None)

    def check(self) -> ReplicaState:
        """Compare the replica with the primary, and log a change for the better or worse."""
        try:
            with self._primary.read() as session:
                latest = session.execute(_PRIMARY_STATE).scalar_one()
            self._lag.note_primary(latest, self._clock())
        except SQLAlchemyError as error:  # then the replica is as late as it was
            log.debug("the primary does not answer: %s", error)
        try:
            with self._standby.read() as session:
                follows, latest, revision = session.execute(_REPLICA_STATE).one()
        except SQLAlchemyError as error:
            return self._set_state("down", _one_line(error), None)
        if not follows:
            detail = "the server does not follow another one; after a fail-over it would diverge"
            return self._set_state("not a standby", detail, None)
        return self._judge(latest, revision)

    def watch(self) -> None:
        """Check every second, in a thread of its own, until `close`."""
        threading.Thread(target=self._watch, name="replica", daemon=True).start()

    def close(self) -> None:
        """End watching and close all connections."""
        self._closed.set()
        self._primary.close()
        self._standby.close()

    def _watch(self) -> None:
        while not self._closed.is_set():
            self.check()
            self._closed.wait(CHECK_INTERVAL_S)

    def _judge(self, latest: int, revision: str) -> ReplicaState:
        lag_s = self._lag.seconds(latest)
        if revision != self._head:
            return self._set_state("old schema", f"its schema is at revision {revision}", lag_s)
        if lag_s is None:
            return self._set_state("late", "it has not caught up with the primary yet", lag_s)
        if lag_s > MAX_LAG_S:
            return self._set_state("late", f"it is more than {MAX_LAG_S:g} s behind", lag_s)
        return self._set_state("", "", lag_s)

    def _set_state(self, problem: Problem, detail: str, lag_s: float | None) -> ReplicaState:
        before, self.state = self.state, ReplicaState(problem, detail, lag_s, self._clock())
        if problem and problem != before.problem:
            log.warning("%s is not read from: %s", self.shown_url, detail)
        elif before.problem and not problem:
            log.info("%s is read from", self.shown_url)
        return self.state


def _impatient(url: URL) -> Database:
    limited = with_query_defaults(url, _TIMEOUTS)
    return Database(limited.render_as_string(hide_password=False))


def _one_line(error: Exception) -> str:
    return " ".join(str(driver_error(error)).split())
