"""`make migration`: a change of the models becomes the next migration, on both databases."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from aggregator.storage import schema
from aggregator.storage.engine import Database
from aggregator.storage.migrations.autogenerate import write_migration
from aggregator.storage.migrations.compare import is_modelled
from aggregator.storage.models import all_tables
from aggregator.storage.models.base import UtcTime


@pytest.fixture
def head(empty_url: str) -> Iterator[Database]:
    """A database at the newest revision, with nothing in it."""
    database = Database(empty_url)
    schema.migrate(database)
    yield database
    database.close()


@pytest.fixture
def logo() -> Iterator[sa.Table]:
    """A table and a column that no migration makes yet."""
    users = all_tables().tables["users"]
    column = sa.Column("seen_logo_at", UtcTime())
    users.append_column(column)
    table = sa.Table(
        "logos",
        all_tables(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source_id", sa.ForeignKey("sources.id", ondelete="CASCADE"), index=True),
        sa.Column("address", sa.String, nullable=False, unique=True),
        sa.Column("fetched_at", UtcTime(), nullable=False),
    )
    yield table
    all_tables().remove(table)
    users._columns.remove(column)  # type: ignore[attr-defined]  # SQLAlchemy has no public way


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """A folder for the new migration."""
    folder = tmp_path / "versions"
    folder.mkdir()
    return folder


def differences(connection: sa.Connection) -> list[object]:
    options = {"compare_type": True, "include_name": is_modelled}
    return compare_metadata(MigrationContext.configure(connection, opts=options), all_tables())


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_written_when_nothing_changed(head: Database, versions: Path) -> None:
    assert write_migration(head, "Nothing", versions) is None
    assert list(versions.iterdir()) == []


def test_a_changed_model_becomes_the_next_migration(
    head: Database, logo: sa.Table, versions: Path
) -> None:
    path = write_migration(head, "Sources have a logo.", versions)
    assert path is not None
    number = int(schema.head_revision())
    assert path.name == f"{number + 1:04}_sources_have_a_logo.py"
    assert path.read_text("utf-8").startswith('"""Sources have a logo."""\n')
    migration = load(path)
    assert (migration.revision, migration.down_revision) == (f"{number + 1:04}", f"{number:04}")
    writer = head.engine.execution_options(marsad_write=True)
    with writer.begin() as connection:
        assert len(differences(connection)) > 0
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
            assert differences(connection) == []
            migration.downgrade()
        assert {change[0] for change in flat(differences(connection))} == {
            "add_table",
            "add_index",
            "add_column",
        }


def flat(changes: list[object]) -> Iterator[tuple[object, ...]]:
    for change in changes:
        yield from flat(change) if isinstance(change, list) else [change]  # type: ignore[misc]
