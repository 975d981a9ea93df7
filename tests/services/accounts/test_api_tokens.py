"""API tokens: created, recognised, revoked."""

from datetime import datetime, timedelta

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
        found = api_tokens.find_token(session, token, NOW)
        assert found
        assert found.user == amina
        assert api_tokens.find_token(session, token + "x", NOW) is None
        api_tokens.revoke_token(session, amina, info.id)
        assert api_tokens.find_token(session, token, NOW) is None


def test_a_token_only_reads_unless_made_to_write(database: Database, amina: User) -> None:
    with database.write() as session:
        for scope, label in (("read", "phone"), ("write", "laptop")):
            token = api_tokens.create_token(session, amina, label, NOW, scope=scope)
            found = api_tokens.find_token(session, token, NOW)
            assert found
            assert found.scope == scope
        default = api_tokens.create_token(session, amina, "clock", NOW)
        found = api_tokens.find_token(session, default, NOW)
        assert found
        assert found.scope == "read"
        scopes = {info.label: info.scope for info in api_tokens.list_tokens(session, amina)}
    assert scopes == {"phone": "read", "laptop": "write", "clock": "read"}


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_token_is_valid_for_a_day_to_ten_years(
    database: Database, amina: User, days: int
) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        api_tokens.create_token(session, amina, "phone", NOW, days)


def test_the_use_of_a_token_is_noted_once_an_hour(database: Database, amina: User) -> None:
    with database.write() as session:
        token = api_tokens.create_token(session, amina, "phone", NOW, 1)

        def is_news(now: datetime) -> bool:
            found = api_tokens.find_token(session, token, now)
            assert found
            return api_tokens.is_use_news(found, now)

        assert is_news(NOW)
        (info,) = api_tokens.list_tokens(session, amina)
        api_tokens.record_use(session, info.id, NOW)
        assert not is_news(NOW)
        assert not is_news(NOW + timedelta(minutes=59))
        assert is_news(NOW + timedelta(minutes=60))
        assert is_news(NOW - timedelta(days=1))  # the clock was ahead
        assert api_tokens.find_token(session, token, NOW + timedelta(days=1)) is None


@pytest.mark.parametrize("label", ["", " \n", "x" * 81])
def test_a_token_needs_a_label(database: Database, amina: User, label: str) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        api_tokens.create_token(session, amina, label, NOW)
