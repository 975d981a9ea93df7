"""API tokens: created, recognised, revoked."""

import pytest

from aggregator.errors import InvalidInput
from aggregator.services.accounts import accounts, api_tokens
from aggregator.storage.engine import Database
from aggregator.types import User
from tests.builders import NOW
from tests.services.accounts.people import FAST_PASSWORDS, PASSWORD


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        return accounts.create(session, FAST_PASSWORDS, "Amina", PASSWORD, "reader", NOW)


def test_tokens(database: Database, amina: User) -> None:
    with database.write() as session:
        token = api_tokens.create_token(session, amina, " my\tphone ", NOW)
        (info,) = api_tokens.list_tokens(session, amina)
        assert token not in str(info)
        assert api_tokens.find_token(session, token) == amina
        assert api_tokens.find_token(session, token + "x") is None
        api_tokens.revoke_token(session, amina, info.id)
        assert api_tokens.find_token(session, token) is None


@pytest.mark.parametrize("label", ["", " \n", "x" * 81])
def test_a_token_needs_a_label(database: Database, amina: User, label: str) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        api_tokens.create_token(session, amina, label, NOW)
