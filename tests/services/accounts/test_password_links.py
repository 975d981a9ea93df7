"""A link for a forgotten password works once, for a while, and only the newest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.errors import InvalidInput, InvalidLink
from aggregator.process.deadlines import PASSWORD_LINK_LIFETIME
from aggregator.services.accounts import accounts, api_tokens, expiry, password_links, sign_in
from aggregator.storage.engine import Database
from aggregator.storage.models import PasswordLinkRow
from aggregator.types import User
from tests.builders import FAST_PASSWORDS, NOW

NEW = "three olive trees"


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        return accounts.create(session, FAST_PASSWORDS, "Amina", "an old password", "reader", NOW)


def link(database: Database, user: User) -> str:
    with database.write() as session:
        return password_links.create_link(session, user, NOW)


def use(
    database: Database, token: str, *, password: str = NEW, later: timedelta = timedelta()
) -> User:
    return password_links.set_password(
        database, FAST_PASSWORDS, token, password, password, NOW + later
    )


def enter(database: Database, password: str) -> sign_in.NewSession:
    return sign_in.sign_in(
        database, FAST_PASSWORDS, "amina", password, address="", user_agent="", now=NOW
    )


def test_it_sets_a_password_once(database: Database, amina: User) -> None:
    before = enter(database, "an old password")
    with database.write() as session:
        api_tokens.create_token(session, amina, "phone", NOW, None)
    token = link(database, amina)
    assert use(database, token).name == "Amina"
    assert enter(database, NEW).user.name == "Amina"
    with database.read() as session:
        assert sign_in.find_session(session, before.token, NOW) is None
        assert api_tokens.list_tokens(session, amina) == ()
    with pytest.raises(InvalidLink):
        use(database, token)


def test_a_weak_password_does_not_use_it_up(database: Database, amina: User) -> None:
    token = link(database, amina)
    with pytest.raises(InvalidInput):
        use(database, token, password="short")
    use(database, token)


def test_only_the_newest_works(database: Database, amina: User) -> None:
    old, new = link(database, amina), link(database, amina)
    with pytest.raises(InvalidLink):
        use(database, old)
    use(database, new)


def test_it_expires(database: Database, amina: User) -> None:
    token = link(database, amina)
    with pytest.raises(InvalidLink):
        use(database, token, later=PASSWORD_LINK_LIFETIME)
    expiry.delete_expired_daily(database, NOW + PASSWORD_LINK_LIFETIME)
    with database.read() as session:
        assert session.query(PasswordLinkRow).all() == []


def test_another_way_to_a_new_password_ends_it(database: Database, amina: User) -> None:
    token = link(database, amina)
    with database.write() as session:
        accounts.reset_password(session, FAST_PASSWORDS, "Amina", NEW)
    with pytest.raises(InvalidLink):
        use(database, token)


def test_it_goes_with_the_account(database: Database, amina: User) -> None:
    token = link(database, amina)
    with database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "Chaimae", NEW, "operator", NOW)
        accounts.close(session, amina)
    with pytest.raises(InvalidLink):
        use(database, token)
