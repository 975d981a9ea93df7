"""Accounts: creating and closing them, names, roles, changing passwords."""

import pytest

from aggregator.errors import (
    InvalidInput,
    LastOperator,
    NameTaken,
    NotFound,
    SignInRefused,
    TooManyAttempts,
)
from aggregator.services.accounts import accounts, api_tokens
from aggregator.services.accounts.sign_in import find_session
from aggregator.storage.engine import Database
from aggregator.types import User
from tests.builders import NOW
from tests.services.accounts.people import FAST_PASSWORDS, PASSWORD, sign_in


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        return accounts.create(session, FAST_PASSWORDS, "Amina", PASSWORD, "reader", NOW)


def test_making_an_account(database: Database) -> None:
    with database.write() as session:
        made = accounts.create(
            session, FAST_PASSWORDS, "  فاطمة   الزهراء ", PASSWORD, "editor", NOW
        )
    assert made.name == "فاطمة الزهراء"
    with database.read() as session:
        assert accounts.find(session, "فاطمة الزهراء") == made
        with pytest.raises(NotFound):
            accounts.find(session, "nobody")


@pytest.mark.parametrize("name", ["AMINA", "amina ", "Ａｍｉｎａ"])
def test_names_that_look_the_same_are_the_same(database: Database, amina: User, name: str) -> None:
    with pytest.raises(NameTaken), database.write() as session:
        accounts.create(session, FAST_PASSWORDS, name, PASSWORD, "reader", NOW)


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\0b", "a\u202eb", "a\u200bb"])
def test_names_that_cannot_be_used(database: Database, name: str) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        accounts.create(session, FAST_PASSWORDS, name, PASSWORD, "reader", NOW)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1001])
def test_passwords_that_cannot_be_used(database: Database, password: str) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        accounts.create(session, FAST_PASSWORDS, "Amina", password, "reader", NOW)


def change(database: Database, user: User, token: str, *fields: str) -> None:
    current, new, repeat = fields
    accounts.change_password(
        database, FAST_PASSWORDS, user, current, new, repeat, token=token, now=NOW
    )


def test_a_new_password_signs_other_browsers_out(database: Database, amina: User) -> None:
    here, there = sign_in(database), sign_in(database)
    change(database, amina, here.token, PASSWORD, "a new password", "a new password")
    with database.read() as session:
        assert find_session(session, here.token, NOW)
        assert find_session(session, there.token, NOW) is None
    with pytest.raises(SignInRefused):
        sign_in(database)
    assert sign_in(database, password="a new password")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (("wrong", "a new password", "a new password"), SignInRefused),
        ((PASSWORD, "short", "short"), InvalidInput),
        ((PASSWORD, "a new password", "another one"), InvalidInput),
    ],
)
def test_a_password_that_is_not_changed(
    database: Database, amina: User, fields: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        change(database, amina, "", *fields)
    assert sign_in(database)


def test_an_open_session_does_not_give_the_password_away(database: Database, amina: User) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            change(database, amina, "", "wrong", "a new password", "a new password")
    with pytest.raises(TooManyAttempts):
        change(database, amina, "", PASSWORD, "a new password", "a new password")


def test_a_reset_password_signs_out_everywhere(database: Database, amina: User) -> None:
    token = sign_in(database).token
    with database.write() as session:
        accounts.reset_password(session, FAST_PASSWORDS, "AMINA", "from the terminal")
        assert find_session(session, token, NOW) is None
    assert sign_in(database, password="from the terminal")


def test_closing_an_account(database: Database, amina: User) -> None:
    token = sign_in(database).token
    with database.write() as session:
        api_token = api_tokens.create_token(session, amina, "phone", NOW)
        accounts.close(session, amina)
    with database.read() as session:
        assert find_session(session, token, NOW) is None
        assert api_tokens.find_token(session, api_token, NOW) is None
        assert accounts.list_users(session) == ()


def test_the_role_of_a_person(database: Database, amina: User) -> None:
    with database.write() as session:
        assert accounts.set_role(session, amina, "editor").role == "editor"
        assert accounts.find(session, "Amina").role == "editor"


def test_the_last_operator_stays_one(database: Database, amina: User) -> None:
    with database.write() as session:
        chaimae = accounts.create(session, FAST_PASSWORDS, "Chaimae", PASSWORD, "operator", NOW)
        with pytest.raises(LastOperator):
            accounts.set_role(session, chaimae, "editor")
        with pytest.raises(LastOperator):
            accounts.close(session, chaimae)
        accounts.set_role(session, amina, "operator")
        accounts.set_role(session, chaimae, "reader")
        accounts.close(session, chaimae)
    with pytest.raises(LastOperator):
        accounts.close_own(database, FAST_PASSWORDS, amina, PASSWORD, NOW)
    with database.read() as session:
        assert [each.name for each in accounts.list_users(session)] == ["Amina"]


def test_closing_ones_own_account_takes_the_password(database: Database, amina: User) -> None:
    for _ in range(4):
        with pytest.raises(SignInRefused):
            accounts.close_own(database, FAST_PASSWORDS, amina, "wrong", NOW)
    accounts.close_own(database, FAST_PASSWORDS, amina, PASSWORD, NOW)
    with database.read() as session:
        assert accounts.list_users(session) == ()
