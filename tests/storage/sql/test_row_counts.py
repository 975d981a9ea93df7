"""Counting the rows that a write touched, on both databases."""

from sqlalchemy import bindparam, delete, insert, update

from aggregator.storage.engine import Database
from aggregator.storage.models import Job
from aggregator.storage.sql.row_counts import affected_rows
from tests.builders import NOW


def test_rows_of_an_update_and_a_delete(database: Database) -> None:
    with database.write() as session:
        session.execute(
            insert(Job), [{"name": name, "last_run_at": NOW} for name in ("one", "two", "three")]
        )
        renamed = update(Job).where(Job.name == "one").values(name="four")
        assert affected_rows(session, renamed) == 1
        assert affected_rows(session, renamed) == 0
        assert affected_rows(session, delete(Job).where(Job.name != "four")) == 2


def test_parameters_are_passed_on(database: Database) -> None:
    with database.write() as session:
        session.execute(insert(Job), {"name": "one", "last_run_at": NOW})
        named = delete(Job).where(Job.name == bindparam("which"))
        assert affected_rows(session, named, {"which": "two"}) == 0
        assert affected_rows(session, named, {"which": "one"}) == 1
