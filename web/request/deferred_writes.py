"""Small writes that no request may wait for: at once if the database is free, else from a queue."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aggregator.boundary import Boundary
from aggregator.runtime.failure_log import DATABASE_FAILURES
from aggregator.runtime.log_lines import REQUEST_ID
from aggregator.storage.engine import Database, driver_error, is_busy, is_unwritable

log = logging.getLogger(__name__)

Write = Callable[[Session], object]

MAX_WAITING = 1000
# A write that finds no free moment for this long is given up.
KEPT_S = 120.0
# For one try. Between two, the thread lets others have the lock.
LOCK_WAIT_S = 0.5
PAUSE_S = 0.1
# What it is called in the log of failures.
_JOB = "writes after pages"
# Maximum readers to remember for a message that something was not kept.
MAX_DISAPPOINTED = 1000


@dataclass(frozen=True, slots=True)
class _Waiting:
    write: Write
    failed: str
    reader_id: int | None
    give_up_at: float
    then: Callable[[], object] | None
    request_id: str


class DeferredWrites:
    """Writes in the order they came, each in its own transaction, by one thread at most.

    The thread exists only while something waits.
    """

    def __init__(
        self,
        database: Database,
        count: Callable[..., None] = lambda *, lost: None,
    ) -> None:
        """`count` is called for each write that has to wait, and with `lost` for one given up."""
        self._database = database
        self._count = count
        self._waiting: deque[_Waiting] = deque()
        self._changed = Condition()
        self._is_running = False
        self._is_closed = False
        self._disappointed: dict[int, None] = {}

    def submit(
        self,
        write: Write,
        failed: str,
        reader_id: int | None = None,
        then: Callable[[], object] | None = None,
    ) -> None:
        """Write now if that needs no waiting, and later otherwise; `then` is called once committed.

        Never raises: `failed` is logged if the write has to be given up; `was_lost` then says so to
        the reader.
        """
        until = time.monotonic() + KEPT_S
        waiting = _Waiting(write, failed, reader_id, until, then, REQUEST_ID.get())
        if not self._is_running and self._try(waiting, 0):
            return
        with self._changed:
            if len(self._waiting) >= MAX_WAITING or self._is_closed:
                self._give_up(waiting, "too many writes wait for the database")
                return
            self._waiting.append(waiting)
            self._count(lost=False)
            if not self._is_running:
                self._is_running = True
                Thread(target=self._run, name="deferred-writes", daemon=True).start()

    def was_lost(self, reader_id: int) -> bool:
        """Whether something of this reader could not be kept; says so once."""
        if reader_id not in self._disappointed:
            return False
        with self._changed:
            return self._disappointed.pop(reader_id, reader_id) is None

    def flush(self, timeout_s: float) -> bool:
        """Wait until nothing waits; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._is_running, timeout_s)

    def close(self, timeout_s: float) -> None:
        """Take nothing more, wait that long for the rest, and log what is lost."""
        self._is_closed = True
        if not self.flush(timeout_s):
            with self._changed:
                for waiting in self._waiting:
                    REQUEST_ID.set(waiting.request_id)
                    self._give_up(waiting, "the server ends while the database is busy")
                self._waiting.clear()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._is_running = False
                    self._changed.notify_all()
                    return
                first = self._waiting[0]
            REQUEST_ID.set(first.request_id)  # for what is logged
            done = self._try(first, LOCK_WAIT_S)
            with self._changed:
                if not done and time.monotonic() >= first.give_up_at:
                    self._give_up(first, "the database was busy for too long")
                    done = True
                if done and self._waiting and self._waiting[0] is first:
                    self._waiting.popleft()
            if not done:
                time.sleep(PAUSE_S)

    def _try(self, waiting: _Waiting, lock_wait_s: float) -> bool:
        """Write; False if the database was busy. Any other failure is final.

        One that nobody foresaw does not stop the writes behind it.
        """
        try:
            with Boundary("a write", passing=(SQLAlchemyError,), log=log) as boundary:
                with self._database.write(lock_wait_s=lock_wait_s) as session:
                    waiting.write(session)
                DATABASE_FAILURES.worked(_JOB)
                if waiting.then is not None:
                    waiting.then()
                return True
            self._give_up(waiting, type(boundary.error).__name__)
        except SQLAlchemyError as error:
            if is_busy(error):
                return False
            if is_unwritable(error):  # so is every other write: logged once, until it is over
                DATABASE_FAILURES.failed(_JOB, driver_error(error))
                self._disappoint(waiting)
            else:
                self._give_up(waiting, str(getattr(error, "orig", None) or type(error).__name__))
        return True

    def _give_up(self, waiting: _Waiting, reason: str) -> None:
        log.warning("%s: %s", waiting.failed, reason)
        self._disappoint(waiting)

    def _disappoint(self, waiting: _Waiting) -> None:
        self._count(lost=True)
        if waiting.reader_id is not None and len(self._disappointed) < MAX_DISAPPOINTED:
            self._disappointed[waiting.reader_id] = None
