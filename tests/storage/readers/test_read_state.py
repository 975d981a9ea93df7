"""Read state of given entries, case by case."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy import insert

from aggregator.storage.engine import Database
from aggregator.storage.models import ReadException, ReadMark
from aggregator.storage.readers.read_state import read_ids
from tests.builders import make_source, make_user


class Row(NamedTuple):
    """An entry, as far as it matters here."""

    id: int
    source_id: int


@pytest.mark.parametrize(
    ("mark", "exception", "is_read"),
    [
        (None, None, False),
        (None, True, True),
        (None, False, False),
        (9, None, False),
        (9, True, True),
        (9, False, False),
        (10, None, True),
        (10, False, False),
        (10, True, True),
        (11, None, True),
    ],
)
def test_whether_entry_ten_is_read(
    database: Database, mark: int | None, exception: bool | None, is_read: bool
) -> None:
    with database.write() as session:
        make_source(session)
        amina, brahim = make_user(session).id, make_user(session, "Brahim").id
        of_source = {"user_id": amina, "source_id": 1}
        if mark is not None:
            session.execute(insert(ReadMark), of_source | {"up_to": mark})
        if exception is not None:
            session.execute(insert(ReadException), of_source | {"entry_id": 10, "read": exception})
    with database.read() as session:
        rows = [Row(10, 1), Row(10**6, 2)]
        assert read_ids(session, amina, rows) == (frozenset([10]) if is_read else frozenset())
        assert read_ids(session, brahim, rows) == frozenset()
        assert read_ids(session, amina, []) == frozenset()
