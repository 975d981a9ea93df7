"""Migrations produce the schema of the models, once, and refuse unknown revisions."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from aggregator.errors import SchemaMismatch
from aggregator.storage import schema
from aggregator.storage.engine import Database
from aggregator.storage.migrations.compare import is_modelled
from aggregator.storage.models import all_tables


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


def test_an_empty_database_gets_every_migration(empty: Database) -> None:
    told: list[str] = []
    assert schema.current_revision(empty) is None
    assert schema.migrate(empty, told.append) == len(told) > 0
    assert schema.current_revision(empty) == schema.head_revision()
    assert told[0] == "0001 The first tables"


def test_migrating_again_does_nothing(empty: Database) -> None:
    schema.migrate(empty)
    told: list[str] = []
    assert schema.migrate(empty, told.append) == 0
    assert told == []


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "include_name": is_modelled}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, all_tables()) == []


def test_a_newer_database_is_refused_and_left_alone(empty: Database) -> None:
    schema.migrate(empty)
    with empty.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match=r"9999.*does not know"):
        schema.migrate(empty)
    assert schema.current_revision(empty) == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty.write() as session:  # somebody else's table is in the way
        session.execute(text("CREATE TABLE stars (name VARCHAR)"))
    with pytest.raises(Exception, match="stars"):
        schema.migrate(empty)
    assert inspect(empty.engine).get_table_names() == ["stars"]


def migrate_in_a_process(url: str, start: object, results: object) -> None:
    database = Database(url)
    start.wait()  # type: ignore[attr-defined]
    results.put(schema.migrate(database))  # type: ignore[attr-defined]


def test_processes_that_start_together_wait_for_one_another(empty_url: str) -> None:
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.SimpleQueue()
    processes = [
        context.Process(target=migrate_in_a_process, args=(empty_url, start, results))
        for _ in range(4)
    ]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    done = sorted(results.get() for _ in processes)
    assert done == [0, 0, 0, len(schema.known_revisions())]
