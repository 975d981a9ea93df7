"""What a reader did with the entries of a page comes from one query, and is theirs alone."""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import insert

from aggregator.storage.engine import Database
from aggregator.storage.models import ReadException, ReadMark
from aggregator.storage.readers.personal import NOBODY, personal_state
from aggregator.storage.readers.tags import add_star, add_tags
from tests.builders import NOW, make_entry, make_feed, make_source, make_user


class Row(NamedTuple):
    """An entry, as far as it matters here."""

    id: int
    source_id: int


def test_marks_exceptions_stars_and_tags(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for number in range(4):
            make_entry(session, feed, f"entry {number}")
        amina, brahim = make_user(session).id, make_user(session, "Brahim").id
        of_source = {"user_id": amina, "source_id": 1}
        session.execute(insert(ReadMark), of_source | {"up_to": 2})
        session.execute(
            insert(ReadException),
            [of_source | {"entry_id": 1, "read": False}, of_source | {"entry_id": 4, "read": True}],
        )
        add_star(session, amina, 3, NOW)
        add_star(session, brahim, 4, NOW)
        add_tags(session, amina, 2, ("مطر",), NOW)
        add_tags(session, amina, 2, ("Agadir",), NOW + timedelta(minutes=1))
        add_tags(session, amina, 3, ("Agadir", "Sport"), NOW)
        add_tags(session, brahim, 2, ("Zagora",), NOW)
    with database.read() as session:
        mine = personal_state(session, amina, [1], [1, 2, 3, 4])
        some = personal_state(session, amina, [1], [2])
        his = personal_state(session, brahim, [1], [2, 4])
    assert [mine.is_read(Row(id_, 1)) for id_ in (1, 2, 3, 4)] == [False, True, False, True]
    assert mine.starred == {3}
    assert mine.tags == {2: ("مطر", "Agadir"), 3: ("Agadir", "Sport")}
    assert (some.starred, some.tags) == (frozenset(), {2: ("مطر", "Agadir")})
    assert not his.is_read(Row(2, 1))
    assert (his.starred, his.tags) == ({4}, {2: ("Zagora",)})


def test_nobody_has_read_anything() -> None:
    assert not NOBODY.is_read(Row(1, 1))
