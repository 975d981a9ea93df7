"""Copies between the databases, in all four directions, with rows in every table."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text

from aggregator.errors import CopyError, SchemaMismatch
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed, SearchState, UserRow, all_tables
from aggregator.storage.schema import COPYING, current_revision, head_revision, migrate
from aggregator.storage.transfer import copy_database, copying, rows
from aggregator.storage.transfer.rows import DERIVED, copied_tables
from tests.builders import NOW, make_entry
from tests.storage.transfer.filling import fill_every_table

LATER = NOW + timedelta(days=365)  # no claim of a poller is valid any more


# From, to.
ACROSS = ("sqlite postgresql", "postgresql sqlite")
DIRECTIONS = (*ACROSS, "sqlite sqlite", "postgresql postgresql")


@pytest.fixture(params=[pytest.param(each, marks=pytest.mark.postgresql) for each in ACROSS])
def direction(request: pytest.FixtureRequest) -> list[str]:
    """The kinds of the source and of the target."""
    return str(request.param).split()


@pytest.fixture
def source(direction: list[str], request: pytest.FixtureRequest) -> Database:
    database: Database = request.getfixturevalue(f"{direction[0]}_database")
    fill_every_table(database)
    return database


@pytest.fixture
def target(
    direction: list[str], request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Database]:
    """An empty database."""
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    if direction[1] == "postgresql":
        url = request.getfixturevalue("postgresql")("copy")
    made = Database(url)
    yield made
    made.close()


in_all_directions = pytest.mark.parametrize("direction", DIRECTIONS, indirect=True)


def copy(source: Database, target: Database) -> list[str]:
    """Copy; what was announced."""
    told: list[str] = []
    copy_database(source, target, LATER, lambda _done, _total: None, told.append)
    return told


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables but those of the index, as the models read them."""
    with database.read() as session:
        return {
            table.name: sorted(
                map(tuple, session.execute(select(table)).all()), key=lambda row: repr(row)
            )
            for table in all_tables().sorted_tables
            if table.name not in DERIVED
        }


# --- what arrives ---------------------------------------------------------------------------------


@in_all_directions
def test_every_row_of_every_table_arrives(source: Database, target: Database) -> None:
    assert copy(source, target) == []
    assert contents(target) == contents(source)
    assert all(len(found) == 4 for found in contents(target).values())
    assert current_revision(target) == head_revision()


@in_all_directions
def test_null_and_the_null_of_json_stay_apart(source: Database, target: Database) -> None:
    with source.write() as session:
        session.execute(text("UPDATE feeds SET advertised = 'null' WHERE id = 1"))
    copy(source, target)
    with target.read() as session:
        found = session.execute(text("SELECT advertised IS NULL FROM feeds ORDER BY id")).scalars()
        assert list(map(bool, found)) == [False, True, False, True]


def test_the_search_index_is_left_to_be_built(source: Database, target: Database) -> None:
    copy(source, target)
    with target.read() as session:
        assert session.execute(select(func.count()).select_from(SearchState)).scalar() == 0
    with target.read() as session:
        for name in DERIVED:
            table = all_tables().tables[name]
            assert session.execute(select(func.count()).select_from(table)).scalar() == 0


@in_all_directions
def test_ids_go_on_after_those_of_deleted_rows(source: Database, target: Database) -> None:
    with source.write() as session:
        session.execute(Entry.__table__.update().values(duplicate_of=None))
        session.execute(Entry.__table__.delete().where(Entry.id == 4))
    copy(source, target)
    with target.write() as session:
        assert make_entry(session, 1, guid="new") == 5
        user = UserRow(
            name="Amina", name_key="amina", password_hash="x", role="reader", created_at=NOW
        )
        session.add(user)
        session.flush()
        assert user.id == 5


def test_an_empty_database_is_copied(database: Database, target: Database) -> None:
    copy(database, target)
    assert contents(target) == contents(database)


def test_a_database_that_marsad_prepared_counts_as_empty(
    source: Database, target: Database
) -> None:
    migrate(target)
    copy(source, target)
    assert contents(target) == contents(source)


# --- what is refused ------------------------------------------------------------------------------


def test_a_target_with_anything_in_it_is_refused(source: Database, target: Database) -> None:
    migrate(target)
    with target.write() as session:
        session.execute(text("INSERT INTO secrets VALUES ('web', 'x')"))
    with pytest.raises(CopyError, match="is not empty"):
        copy(source, target)
    assert contents(target)["secrets"] == [("web", "x")]


def test_a_database_of_another_program_is_refused(source: Database, target: Database) -> None:
    with target.write() as session:
        session.execute(text("CREATE TABLE recipes (name VARCHAR)"))
    with pytest.raises(CopyError, match="is not empty"):
        copy(source, target)
    with target.read() as session:
        assert session.execute(text("SELECT count(*) FROM recipes")).scalar() == 0


def test_a_database_is_not_copied_onto_itself(source: Database) -> None:
    before = contents(source)
    with pytest.raises(CopyError, match="is not empty"):
        copy(source, source)
    assert contents(source) == before


def test_a_source_that_is_polled_is_refused(source: Database, target: Database) -> None:
    with source.write() as session:
        session.execute(Feed.__table__.update().values(lease_until=LATER + timedelta(minutes=1)))
    with pytest.raises(CopyError, match="stop Marsad first"):
        copy(source, target)


# --- interruptions --------------------------------------------------------------------------------


class Cut(Exception):
    """The end of the process, as far as the copy can see."""


def interrupt(
    monkeypatch: pytest.MonkeyPatch, source: Database, target: Database, after: int
) -> None:
    """Begin a copy, one row at a time, and cut it before the transaction number `after`."""
    left = after

    def cut(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Cut

    monkeypatch.setattr(rows, "CHUNK", 1)
    event.listen(target.engine, "commit", cut)
    with pytest.raises(Cut):
        copy(source, target)
    event.remove(target.engine, "commit", cut)


@pytest.mark.parametrize("after", [5, 40, 150])
def test_an_interrupted_copy_is_resumed(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    interrupt(monkeypatch, source, target, after)
    assert current_revision(target) == COPYING
    with pytest.raises(SchemaMismatch, match="unfinished copy"):
        migrate(target)
    assert copy(source, target) == ["resuming: comparing the source with what was copied before"]
    assert contents(target) == contents(source)


def test_a_source_that_has_changed_is_copied_from_the_beginning(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(monkeypatch, source, target, 150)
    with source.write() as session:
        session.execute(text("UPDATE secrets SET value = 'changed'"))
    assert "beginning again" in copy(source, target)[-1]
    assert contents(target) == contents(source)


def test_rows_that_came_after_the_interruption_are_copied(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(monkeypatch, source, target, 20)
    with source.write() as session:
        make_entry(session, 1, guid="later")
    copy(source, target)
    assert contents(target) == contents(source)


def test_the_unfinished_copy_of_another_database_is_refused(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interrupt(monkeypatch, source, target, 20)
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    migrate(other)
    with pytest.raises(CopyError, match="unfinished copy of"):
        copy(other, target)
    other.close()


def test_a_copy_that_differs_is_emptied(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_ids = copying._set_ids

    def set_and_damage(target: Database, ids: dict[str, int]) -> None:
        set_ids(target, ids)
        with target.write() as session:
            session.execute(text("UPDATE secrets SET value = 'damaged' WHERE value <> ''"))

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_set_ids", set_and_damage)
        with pytest.raises(CopyError, match=r"differs from .* in secrets"):
            copy(source, target)
    copy(source, target)
    assert contents(target) == contents(source)


def test_a_source_that_changes_during_the_copy_is_noticed(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_every_table(sqlite_database)
    target = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    set_ids = copying._set_ids

    def set_and_write(target: Database, ids: dict[str, int]) -> None:
        set_ids(target, ids)
        with sqlite_database.write() as session:
            session.execute(text("INSERT INTO secrets VALUES ('late', 'x')"))

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_set_ids", set_and_write)
        with pytest.raises(CopyError, match="has changed while it was copied"):
            copy(sqlite_database, target)
    assert current_revision(target) == COPYING
    copy(sqlite_database, target)
    assert contents(target) == contents(sqlite_database)
    target.close()


_COPY_AND_DIE = """
import os, signal, sys
from datetime import datetime, UTC
from aggregator.storage.engine import Database
from aggregator.storage.transfer import copy_database, rows
rows.CHUNK = 1
def die(done, total):
    if done >= total // 4:
        os.kill(os.getpid(), signal.SIGKILL)
copy_database(Database(sys.argv[1]), Database(sys.argv[2]), datetime.now(UTC), die, print)
"""


@pytest.mark.slow
def test_a_copy_survives_kill_9(source: Database, target: Database) -> None:
    urls = [each.url.render_as_string(hide_password=False) for each in (source, target)]
    with source.write() as session:
        session.execute(Feed.__table__.update().values(lease_until=None))
    killed = subprocess.run([sys.executable, "-c", _COPY_AND_DIE, *urls], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert current_revision(target) == COPYING
    copy(source, target)
    assert contents(target) == contents(source)


# --- completeness ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_every_table_and_column_is_copied(dialect: str) -> None:
    copied = {table.name: set(table.columns.keys()) for table in copied_tables(dialect)}
    modelled = {table.name: set(table.columns.keys()) for table in all_tables().sorted_tables}
    assert {name: modelled[name] for name in modelled if name not in DERIVED} == copied


def test_every_table_has_a_key_to_read_it_by() -> None:
    for table in copied_tables("sqlite"):
        assert list(table.primary_key), table.name
