"""Backing up and restoring a PostgreSQL database with pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import IO

from sqlalchemy import URL, MetaData, func, select, text

from aggregator.errors import BackupError
from aggregator.storage.backup.files import POSTGRESQL_MAGIC
from aggregator.storage.engine import Database

_COPY = b"COPY "
_END_OF_ROWS = b"\\.\n"


def write_backup(database: Database, target: Path) -> None:
    """Dump one state of the database to `target`, then read it back and compare row counts.

    Raises `BackupError`.
    """
    with database.read() as session:
        snapshot = session.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        dump = ["pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}"]
        _run(database, [*dump, f"--dbname={_libpq(database)}"])
        tables = MetaData()
        tables.reflect(session.connection())
        expected = {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.tables.values()
        }
    found = _dumped_rows(target)
    if any(found[name] != count for name, count in expected.items()):
        raise BackupError(f"the copy is not complete: {dict(found)} rows instead of {expected}")


def check(source: Path) -> None:
    """Raise `BackupError` where a file is no dump that pg_restore can read."""
    with source.open("rb") as file:
        if file.read(5) != POSTGRESQL_MAGIC:
            raise BackupError(f"{source} is not a backup of Marsad on PostgreSQL")


def restore(database: Database, source: Path) -> None:
    """Put the contents of a dump in the place of the database's, in one transaction."""
    options = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
    _run(database, ["pg_restore", *options, f"--dbname={_libpq(database)}", str(source)])


def _libpq(database: Database) -> str:
    """The database's address as PostgreSQL's tools read it, without the password.

    It stands on their command line, which everyone on the machine can read.
    """
    if "sslpassword" in database.url.query:  # nothing but the address can tell it to the tools
        raise BackupError(
            "the address of the database has an sslpassword, which would show on the command line "
            "of pg_dump; use a key without a password, with sslkey"
        )
    url = database.url.difference_update_query(["password"])
    # `URL.set` cannot take a password away.
    url = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return url.render_as_string(hide_password=False)


def _run(database: Database, command: list[str]) -> None:
    _require_tool(command[0])
    environment = dict(os.environ)
    if password := _password(database):
        environment["PGPASSWORD"] = password
    done = subprocess.run(  # noqa: S603 (a fixed command, no shell)
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise _tool_error(command[0], done.returncode, done.stderr)


def _password(database: Database) -> str:
    """The password of the database; as for psycopg, one in the query counts first."""
    given = database.url.query.get("password") or database.url.password or ""
    return given if isinstance(given, str) else given[-1]


def _dumped_rows(dump: Path) -> Counter[str]:
    """Rows by table in a dump, by reading all of it."""
    _require_tool("pg_restore")
    command = ["pg_restore", "--data-only", "--file=-", str(dump)]
    with subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        rows = _count_rows(reading.stdout)
        complaint = reading.stderr.read().decode(errors="replace")
    if reading.returncode != 0:
        raise _tool_error("pg_restore", reading.returncode, complaint)
    return rows


def _count_rows(script: IO[bytes]) -> Counter[str]:
    rows: Counter[str] = Counter()
    table: str | None = None
    for line in script:
        if table is not None and line == _END_OF_ROWS:
            table = None
        elif table is not None:
            rows[table] += 1
        elif line.startswith(_COPY):
            table = line.split()[1].decode().rpartition(".")[2].strip('"')
    return rows


def _require_tool(tool: str) -> None:
    if shutil.which(tool) is None:
        raise BackupError(
            f"{tool} is not installed; it comes with PostgreSQL's client "
            "(on Debian and Ubuntu: apt-get install postgresql-client)"
        )


def _tool_error(tool: str, status: int, complaint: str) -> BackupError:
    lines = complaint.strip().splitlines() or [f"status {status}"]
    return BackupError(f"{tool} failed: {lines[0]}")
