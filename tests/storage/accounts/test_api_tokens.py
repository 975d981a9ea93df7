"""API tokens in the table."""

from datetime import timedelta

from aggregator.storage.accounts import api_tokens
from aggregator.storage.engine import Database
from tests.builders import NOW, make_user

DAY = timedelta(days=1)


def test_tokens_are_revoked_by_their_owner_only(database: Database) -> None:
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim", "editor")
        api_tokens.insert_token(session, "t", amina.id, "phone", NOW)
        api_tokens.delete_token(session, "t", brahim.id)
    with database.read() as session:
        found = api_tokens.find_token(session, "t", NOW)
        assert found
        assert found.user == amina
        assert [each.label for each in api_tokens.list_tokens(session, amina.id)] == ["phone"]
    with database.write() as session:
        api_tokens.delete_token(session, "t", amina.id)
    with database.read() as session:
        assert api_tokens.find_token(session, "t", NOW) is None


def test_tokens_expire_and_show_their_last_use(database: Database) -> None:
    with database.write() as session:
        amina = make_user(session)
        api_tokens.insert_token(session, "t", amina.id, "phone", NOW, NOW + DAY)
        api_tokens.set_last_use(session, "t", NOW)
        assert api_tokens.find_token(session, "t", NOW + DAY) is None
        found = api_tokens.find_token(session, "t", NOW + DAY / 2)
        assert found
        assert found.last_used_at == NOW
        (info,) = api_tokens.list_tokens(session, amina.id)
        assert (info.expires_at, info.last_used_at) == (NOW + DAY, NOW)


def test_all_tokens_of_one_user_are_revoked(database: Database) -> None:
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim", "editor")
        for token, user in (("a", amina), ("b", amina), ("c", brahim)):
            api_tokens.insert_token(session, token, user.id, "phone", NOW)
        api_tokens.delete_tokens(session, amina.id)
        assert api_tokens.list_tokens(session, amina.id) == ()
        assert len(api_tokens.list_tokens(session, brahim.id)) == 1
