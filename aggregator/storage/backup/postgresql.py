"""Backing up and restoring a PostgreSQL database with pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy import URL, MetaData, func, inspect, select, text
from sqlalchemy.orm import Session

from aggregator.errors import BackupError
from aggregator.storage.backup.files import POSTGRESQL_MAGIC, is_backup
from aggregator.storage.engine import Database, is_pooled
from aggregator.storage.models import all_tables
from aggregator.storage.schema import known_revisions

# Our tables without a model.
_OTHER_TABLES = ("alembic_version", "search_index")
_COPY = b"COPY "
_END_OF_ROWS = b"\\.\n"


def write_backup(database: Database, target: Path) -> None:
    """Dump one state of the database to `target`, then read it back and compare row counts.

    Raises `BackupError`.
    """
    with database.read() as session:
        _require_server(session)
        snapshot = session.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        dump = ["pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}"]
        _run([*dump, f"--dbname={_libpq(database)}"], _environment(database))
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
    """Raise `BackupError` unless a file is a dump of a Marsad that this one can migrate."""
    with source.open("rb") as file:
        is_dump = file.read(len(POSTGRESQL_MAGIC)) == POSTGRESQL_MAGIC
    if not is_dump or not is_backup(source):
        raise BackupError(f"{source} is not a backup of Marsad on PostgreSQL")
    found = _run(["pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(source)])
    _, _, rows = found.partition("FROM stdin;\n")
    if rows.partition("\n")[0] not in known_revisions():
        raise BackupError(f"{source} was made by a newer Marsad; install that first")


def restore(database: Database, source: Path) -> None:
    """Replace our tables by those of a dump, in one transaction.

    All of them go first: pg_restore alone leaves those that are newer than the dump, and fails if
    their foreign keys refer to what it replaces. Raises `BackupError`, the database unchanged.
    """
    for tool in ("pg_restore", "psql"):
        _require_tool(tool)
    dump = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--file=-", str(source)]
    load = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
            dump, stdout=subprocess.PIPE, stderr=complaints
        ) as reading,
        subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
            [*load, f"--dbname={_libpq(database)}"],
            env=_environment(database),
            stdin=subprocess.PIPE,
            stderr=complaints,
        ) as loading,
    ):
        assert reading.stdout is not None
        assert loading.stdin is not None
        with suppress(BrokenPipeError):  # an error of psql; its status tells
            loading.stdin.write(f"BEGIN;\n{_drops(database)}\n".encode())
            shutil.copyfileobj(reading.stdout, loading.stdin)
            if reading.wait() == 0:  # else psql ends without COMMIT, and nothing has changed
                loading.stdin.write(b"COMMIT;\n")
            loading.stdin.close()
        reading.stdout.close()
        status = loading.wait() or reading.wait()
        complaints.seek(0)
        complaint = complaints.read().decode(errors="replace")
    if status != 0:
        raise _tool_error("the restore", status, complaint)


def _drops(database: Database) -> str:
    """The statement that drops our tables, as many of them as there are."""
    with database.read() as session:
        inspector = inspect(session.connection())
        schema = inspector.default_schema_name or "public"
        found = set(inspector.get_table_names()) & {*all_tables().tables, *_OTHER_TABLES}
        quote = session.connection().dialect.identifier_preparer.quote_identifier
    names = ", ".join(f"{quote(schema)}.{quote(name)}" for name in sorted(found))
    return f"DROP TABLE {names} CASCADE;" if found else ""


def _require_server(session: Session) -> None:
    """Raise `BackupError` behind a pooler: PostgreSQL's tools empty the search path of a session,
    and whoever got that session next would find no table."""
    if is_pooled(session):
        raise BackupError(
            "the address of the database is that of a connection pooler, which pg_dump and psql "
            "would leave with settings of theirs; give that of the server for this command, in "
            "MARSAD_DATABASE__URL"
        )


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


def _environment(database: Database) -> dict[str, str]:
    environment = dict(os.environ)
    if password := _password(database):
        environment["PGPASSWORD"] = password
    return environment


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """What a tool prints; raises `BackupError` if it is missing or fails."""
    _require_tool(command[0])
    done = subprocess.run(  # noqa: S603 (a fixed command, no shell)
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise _tool_error(command[0], done.returncode, done.stderr)
    return done.stdout


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
