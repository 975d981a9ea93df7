"""Accounts: making them, signing in, guessing, changing passwords, tokens."""

from datetime import timedelta

import argon2
import pytest

from aggregator.errors import Conflict, InvalidInput, NotFound, SignInRefused, TooManyAttempts
from aggregator.services import accounts
from aggregator.services.passwords import Passwords
from aggregator.storage.engine import Database
from aggregator.storage.users import find_user
from aggregator.types import User
from tests.builders import NOW

QUICK = Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "sous l'arganier"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        return accounts.create(session, QUICK, "Amina", PASSWORD, "reader", NOW)


def sign_in(
    database: Database, name: str = "Amina", password: str = PASSWORD, **values: object
) -> accounts.SignedIn:
    values = {"address": "192.0.2.1", "user_agent": "test", "now": NOW} | values
    return accounts.sign_in(database, QUICK, name, password, **values)  # type: ignore[arg-type]  # as given


def test_making_an_account(database: Database) -> None:
    with database.write() as session:
        made = accounts.create(session, QUICK, "  فاطمة   الزهراء ", PASSWORD, "editor", NOW)
    assert made.name == "فاطمة الزهراء"
    with database.read() as session:
        assert accounts.find(session, "فاطمة الزهراء") == made
        with pytest.raises(NotFound):
            accounts.find(session, "nobody")


@pytest.mark.parametrize("name", ["AMINA", "amina ", "Ａｍｉｎａ"])
def test_names_that_look_the_same_are_the_same(database: Database, amina: User, name: str) -> None:
    with pytest.raises(Conflict), database.write() as session:
        accounts.create(session, QUICK, name, PASSWORD, "reader", NOW)


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\0b", "a\u202eb", "a\u200bb"])
def test_names_that_cannot_be_used(database: Database, name: str) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        accounts.create(session, QUICK, name, PASSWORD, "reader", NOW)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1001])
def test_passwords_that_cannot_be_used(database: Database, password: str) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        accounts.create(session, QUICK, "Amina", password, "reader", NOW)


def test_signing_in_and_out(database: Database, amina: User) -> None:
    signed_in = sign_in(database, " AMINA")
    assert signed_in.user == amina
    with database.read() as session:
        found = accounts.find_session(session, signed_in.token, NOW)
        assert found
        assert found.user == amina
        account = accounts.show(session, amina, NOW)
        assert signed_in.token not in str(account)
    with database.write() as session:
        accounts.sign_out(session, signed_in.token)
    with database.read() as session:
        assert accounts.find_session(session, signed_in.token, NOW) is None


def test_a_session_in_use_lives_on_and_an_unused_one_ends(database: Database, amina: User) -> None:
    token = sign_in(database).token
    later = NOW + timedelta(days=29)
    with database.write() as session:
        found = accounts.find_session(session, token, NOW)
        assert found
        assert not accounts.needs_renewal(found, NOW + timedelta(hours=23))
        assert accounts.needs_renewal(found, later)
        accounts.renew_session(session, token, later)
    with database.read() as session:
        assert accounts.find_session(session, token, later + timedelta(days=29))
        assert accounts.find_session(session, token, later + timedelta(days=30)) is None


@pytest.mark.parametrize(
    ("name", "password"), [("Amina", "wrong"), ("Nobody", PASSWORD), ("", ""), ("a\0b", "\0")]
)
def test_a_refusal_does_not_say_what_was_wrong(
    database: Database, amina: User, name: str, password: str
) -> None:
    with pytest.raises(SignInRefused) as raised:
        sign_in(database, name, password)
    assert str(raised.value) == "wrong name or password"


@pytest.mark.parametrize("name", ["Amina", "Nobody"])
def test_guessing_a_password_ends_after_five(database: Database, amina: User, name: str) -> None:
    for second in range(5):
        with pytest.raises(SignInRefused) as raised:
            sign_in(database, name, "wrong", now=NOW + timedelta(seconds=second))
        assert not isinstance(raised.value, TooManyAttempts)
    with pytest.raises(TooManyAttempts) as refused:
        sign_in(database, name, PASSWORD, address="192.0.2.9", now=NOW + MINUTE)
    assert refused.value.wait == 14 * MINUTE
    if name == "Amina":
        assert sign_in(database, now=NOW + 16 * MINUTE).user == amina


def test_one_address_may_not_try_many_names(database: Database, amina: User) -> None:
    for number in range(20):
        with pytest.raises(SignInRefused):
            sign_in(database, f"name {number}", address=f"2001:db8::{number:x}")
    with pytest.raises(TooManyAttempts):
        sign_in(database, address="2001:db8::ffff")
    assert sign_in(database, address="2001:db8:0:1::1")


def test_signing_in_forgives_the_failures_before(database: Database, amina: User) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(SignInRefused):
                sign_in(database, password="wrong")
        sign_in(database)


def test_an_outdated_hash_is_replaced_on_sign_in(database: Database, amina: User) -> None:
    stronger = Passwords(argon2.PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    accounts.sign_in(database, stronger, "Amina", PASSWORD, address="", user_agent="", now=NOW)
    with database.read() as session:
        found = find_user(session, "amina")
    assert found
    assert not stronger.outdated(found.password_hash)
    assert stronger.verify(found.password_hash, PASSWORD)


def change(database: Database, user: User, token: str, *fields: str) -> None:
    current, new, repeat = fields
    accounts.change_password(database, QUICK, user, current, new, repeat, token=token, now=NOW)


def test_a_new_password_signs_other_browsers_out(database: Database, amina: User) -> None:
    here, there = sign_in(database), sign_in(database)
    change(database, amina, here.token, PASSWORD, "a new password", "a new password")
    with database.read() as session:
        assert accounts.find_session(session, here.token, NOW)
        assert accounts.find_session(session, there.token, NOW) is None
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
        accounts.reset_password(session, QUICK, "AMINA", "from the terminal")
        assert accounts.find_session(session, token, NOW) is None
    assert sign_in(database, password="from the terminal")


def test_closing_an_account(database: Database, amina: User) -> None:
    token = sign_in(database).token
    with database.write() as session:
        api_token = accounts.create_token(session, amina, "phone", NOW)
        accounts.close(session, "amina")
    with database.read() as session:
        assert accounts.find_session(session, token, NOW) is None
        assert accounts.find_token(session, api_token) is None
        assert accounts.list_users(session) == ()


def test_tokens(database: Database, amina: User) -> None:
    with database.write() as session:
        token = accounts.create_token(session, amina, " my\tphone ", NOW)
        (info,) = accounts.show(session, amina, NOW).tokens
        assert token not in str(info)
        assert accounts.find_token(session, token) == amina
        assert accounts.find_token(session, token + "x") is None
        accounts.revoke_token(session, amina, info.id)
        assert accounts.find_token(session, token) is None


@pytest.mark.parametrize("label", ["", " \n", "x" * 81])
def test_a_token_needs_a_label(database: Database, amina: User, label: str) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        accounts.create_token(session, amina, label, NOW)


def test_the_role_of_a_person(database: Database, amina: User) -> None:
    with database.write() as session:
        assert accounts.set_role(session, "amina", "editor").role == "editor"
        assert accounts.find(session, "Amina").role == "editor"
