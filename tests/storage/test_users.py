"""Accounts in the tables."""

import pytest

from aggregator.errors import NameTaken, NotFound
from aggregator.storage import users
from aggregator.storage.engine import Database
from tests.builders import NOW


def test_a_name_is_taken_once(database: Database) -> None:
    with database.write() as session:
        amina = users.insert_user(session, "Amina", "amina", "hash", "reader", NOW)
    with pytest.raises(NameTaken), database.write() as session:
        users.insert_user(session, "AMINA", "amina", "hash", "operator", NOW)
    with database.read() as session:
        assert users.list_users(session) == (amina,)
        found = users.find_user(session, "amina")
        assert found
        assert (found.user, found.password_hash) == (amina, "hash")
        assert users.find_user(session, "nobody") is None
        with pytest.raises(NotFound):
            users.find_credentials(session, 99)
