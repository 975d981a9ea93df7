"""Behind a pooler that lends another connection for each transaction."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from aggregator.errors import BackupError
from aggregator.storage.backup import backup
from aggregator.storage.engine import Database, is_over_budget, is_pooled
from aggregator.storage.models import Source
from tests.builders import make_source
from tests.pooler import Pooler


@pytest.fixture
def pooler(postgresql_database: Database) -> Iterator[Pooler]:
    url = postgresql_database.url
    socket = f"{url.query['host']}/.s.PGSQL.5432"
    made = Pooler(socket, url.username or "", url.database or "")
    with made.running():
        yield made


@pytest.fixture
def pooled(postgresql_database: Database, pooler: Pooler) -> Iterator[Database]:
    url = postgresql_database.url.set(host="127.0.0.1", port=pooler.port, query={})
    made = Database(url.render_as_string(hide_password=False))
    yield made
    made.close()


def count(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(Source)).scalar_one()


def test_a_pooler_is_noticed(postgresql_database: Database, pooled: Database) -> None:
    with pooled.read() as session:
        assert is_pooled(session)
    with postgresql_database.read() as session:
        assert not is_pooled(session)


def test_statements_are_not_prepared_on_connections_of_others(pooled: Database) -> None:
    """psycopg would prepare one that it has executed in five transactions, and committed."""

    def add(number: int) -> None:
        with pooled.write() as session:
            make_source(session, f"s{number}")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(40)))
    assert count(pooled) == 40


def test_each_transaction_is_without_the_compiler(pooled: Database) -> None:
    with pooled.engine.begin() as connection:  # what another client leaves
        connection.execute(text("SET jit = on"))
    for _ in range(4):
        with pooled.read() as session:
            assert session.execute(text("SHOW jit")).scalar_one() == "off"


def test_a_budget_ends_with_its_transaction(pooled: Database) -> None:
    with pytest.raises(Exception) as failure, pooled.read(budget_s=0.05) as session:
        session.execute(text("SELECT pg_sleep(30)"))
    assert is_over_budget(failure.value)
    for _ in range(4):
        with pooled.read() as session:
            assert session.execute(text("SHOW statement_timeout")).scalar_one() == "0"


def test_exclusive_writers_wait_for_each_other(pooled: Database) -> None:
    with pooled.write() as session:
        make_source(session)

    def add(_: int) -> None:
        with pooled.write_exclusive() as session:
            position = session.execute(select(Source.position)).scalar_one()
            session.execute(text("UPDATE sources SET position = :p"), {"p": position + 1})

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(add, range(20)))
    with pooled.read() as session:
        assert session.execute(select(Source.position)).scalar_one() == 20


def test_backups_need_the_server_itself(pooled: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="MARSAD_DATABASE__URL"):
        backup(pooled, tmp_path / "backup", lambda *_: None)
    assert not (tmp_path / "backup").exists()
