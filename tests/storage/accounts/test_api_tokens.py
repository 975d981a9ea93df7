"""API tokens in the table."""

from aggregator.storage.accounts import api_tokens
from aggregator.storage.engine import Database
from tests.builders import NOW, make_user


def test_tokens_are_revoked_by_their_owner_only(database: Database) -> None:
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim", "editor")
        api_tokens.insert_token(session, "t", amina.id, "phone", NOW)
        api_tokens.delete_token(session, "t", brahim.id)
    with database.read() as session:
        assert api_tokens.find_token(session, "t") == amina
        assert [each.label for each in api_tokens.list_tokens(session, amina.id)] == ["phone"]
    with database.write() as session:
        api_tokens.delete_token(session, "t", amina.id)
    with database.read() as session:
        assert api_tokens.find_token(session, "t") is None
