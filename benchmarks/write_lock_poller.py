"""`marsad poll` that notes how long each of its write transactions held SQLite's lock.

    python -m benchmarks.write_lock_poller --holds holds.tsv -- --config config.toml poll

Writes a line per transaction: when it ended (seconds since 1970), for how many milliseconds it
held the lock, for how many of them its thread had the CPU, and the function that opened it.
"""

import sqlite3
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

import click
from sqlalchemy import Engine, event

from aggregator.cli import main as marsad

# Frames of these files open transactions for others.
_PLUMBING = ("sqlalchemy", "contextlib", "/storage/", "write_lock_poller")


def _caller() -> str:
    """The function that opened the transaction."""
    frame = sys._getframe(2)
    while frame.f_back and any(name in frame.f_code.co_filename for name in _PLUMBING):
        frame = frame.f_back
    return frame.f_code.co_name.lstrip("_")


def _connection_class(note: Callable[[float, float, str], None]) -> type[sqlite3.Connection]:
    """Connections that tell `note` about each write transaction once it has ended."""

    class TimedConnection(sqlite3.Connection):
        began: tuple[float, float, str] | None = None

        def cursor(self, factory: Any = None) -> Any:
            return super().cursor(TimedCursor)

        def execute(self, *statement: Any) -> Any:
            return self.cursor().execute(*statement)

        def commit(self) -> None:
            super().commit()
            self._end()

        def rollback(self) -> None:
            super().rollback()
            self._end()

        def _end(self) -> None:
            began, self.began = self.began, None
            if began is not None:
                started, cpu, caller = began
                note(time.perf_counter() - started, time.thread_time() - cpu, caller)

    class TimedCursor(sqlite3.Cursor):
        connection: TimedConnection

        def execute(self, statement: str, *parameters: Any) -> Any:
            done = super().execute(statement, *parameters)
            if statement.startswith("BEGIN IMMEDIATE"):
                self.connection.began = time.perf_counter(), time.thread_time(), _caller()
            return done

    return TimedConnection


def _watch(output: TextIO) -> None:
    def note(held_s: float, cpu_s: float, caller: str) -> None:
        figures = f"{time.time():.4f}\t{1000 * held_s:.3f}\t{1000 * cpu_s:.3f}"
        print(f"{figures}\t{caller}", file=output, flush=True)

    timed = _connection_class(note)

    @event.listens_for(Engine, "do_connect")
    def connect(_dialect: object, _record: object, _arguments: object, options: Any) -> None:
        options["factory"] = timed


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--holds", type=click.File("w"), required=True)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def main(holds: TextIO, arguments: tuple[str, ...]) -> None:
    """Run `marsad ARGUMENTS` and note how long it holds the lock."""
    _watch(holds)
    marsad.main(args=list(arguments), prog_name="marsad")


if __name__ == "__main__":
    main()
