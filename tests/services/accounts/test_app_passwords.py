"""App passwords: made, exchanged for a token, revoked; the password of the account is refused."""

import re
from datetime import timedelta

import pytest

from aggregator.errors import AppPasswordNeeded, InvalidInput, SignInRefused, TooManyAttempts
from aggregator.services.accounts import accounts
from aggregator.services.accounts import app_passwords as service
from aggregator.storage.engine import Database
from aggregator.types import MAX_APP_PASSWORDS, User
from tests.builders import NOW
from tests.services.accounts.people import FAST_PASSWORDS, PASSWORD, sign_in


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        return accounts.create(session, FAST_PASSWORDS, "Amina", PASSWORD, "reader", NOW)


@pytest.fixture
def password(database: Database, amina: User) -> str:
    with database.write() as session:
        return service.create(session, amina, " my\tphone ", NOW)


def app_signs_in(database: Database, password: str, name: str = "Amina") -> str:
    return service.sign_in(database, FAST_PASSWORDS, name, password, address="192.0.2.1", now=NOW)


def test_a_password_is_readable_and_never_stored(
    database: Database, amina: User, password: str
) -> None:
    assert re.fullmatch(r"[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){4}", password)
    with database.read() as session:
        (info,) = service.list_passwords(session, amina)
    assert info.name == "myphone"
    assert password not in str(info)
    assert app_signs_in(database, password) not in str(info)


@pytest.mark.parametrize("typed", [str.upper, lambda text: text.replace("-", " "), str.strip])
def test_however_it_is_typed(database: Database, password: str, typed: object) -> None:
    token = app_signs_in(database, typed(password), " AMINA ")  # type: ignore[operator]
    assert token == app_signs_in(database, password)
    with database.read() as session:
        found = service.find(session, token)
        assert found
        assert found.user.name == "Amina"


def test_the_address_of_the_account_is_a_name_too(
    database: Database, amina: User, password: str
) -> None:
    with pytest.raises(SignInRefused):
        app_signs_in(database, password, "amina@example.org")
    accounts.change_email(database, FAST_PASSWORDS, amina, PASSWORD, "Amina@example.org", NOW)
    assert app_signs_in(database, password, "amina@example.org")


def test_a_revoked_password_ends_its_token_at_once(
    database: Database, amina: User, password: str
) -> None:
    token = app_signs_in(database, password)
    with database.write() as session:
        other = service.create(session, amina, "tablet", NOW + timedelta(hours=1))
        latest, first = service.list_passwords(session, amina)
        assert (latest.name, first.name) == ("tablet", "myphone")
        service.revoke(session, User(2, "Brahim", "editor"), first.id)
        assert service.find(session, token)
        service.revoke(session, amina, first.id)
        assert service.find(session, token) is None
    with pytest.raises(SignInRefused):
        app_signs_in(database, password)
    assert app_signs_in(database, other)


def test_the_password_of_the_account_is_refused_and_named(
    database: Database, password: str
) -> None:
    with pytest.raises(AppPasswordNeeded):
        app_signs_in(database, PASSWORD)
    for wrong in ("", "wrong", "\0", password + "x"):
        with pytest.raises(SignInRefused) as refused:
            app_signs_in(database, wrong)
        assert not isinstance(refused.value, AppPasswordNeeded | TooManyAttempts)


def test_a_password_of_somebody_else_opens_nothing(database: Database, password: str) -> None:
    with database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "Brahim", PASSWORD, "editor", NOW)
    with pytest.raises(SignInRefused):
        app_signs_in(database, password, "Brahim")


def test_guessing_is_limited_with_signing_in(database: Database, password: str) -> None:
    for _ in range(2):
        with pytest.raises(SignInRefused):
            sign_in(database, "Amina", "wrong", address="192.0.2.1")
    for _ in range(3):
        with pytest.raises(SignInRefused):
            app_signs_in(database, "wrong")
    with pytest.raises(TooManyAttempts):
        app_signs_in(database, password)


def test_syncing_every_minute_is_never_limited(database: Database, password: str) -> None:
    for _ in range(40):
        app_signs_in(database, password)


def test_use_is_noted_once_an_hour(database: Database, amina: User, password: str) -> None:
    token = app_signs_in(database, password)
    with database.write() as session:
        found = service.find(session, token)
        assert found
        assert service.is_use_news(found.password, NOW)
        service.record_use(session, found.password.id, NOW)
        (noted,) = service.list_passwords(session, amina)
        assert noted.last_used_at == NOW
        assert not service.is_use_news(noted, NOW + timedelta(minutes=59))
        assert service.is_use_news(noted, NOW + timedelta(hours=1))


@pytest.mark.parametrize("name", ["", " ", "x" * 81])
def test_a_password_needs_a_name(database: Database, amina: User, name: str) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        service.create(session, amina, name, NOW)


def test_there_is_a_most(database: Database, amina: User, password: str) -> None:
    with database.write() as session:
        for _ in range(MAX_APP_PASSWORDS - 1):
            service.create(session, amina, "phone", NOW)
        with pytest.raises(InvalidInput):
            service.create(session, amina, "phone", NOW)


@pytest.mark.parametrize("keep", [True, False])
def test_a_new_password_of_the_account_revokes_those_of_apps(
    database: Database, amina: User, password: str, keep: bool
) -> None:
    token = app_signs_in(database, password)
    with database.write() as session:
        accounts.reset_password(
            session, FAST_PASSWORDS, "Amina", "a new password", keep_tokens=keep
        )
        assert (service.find(session, token) is not None) is keep
        accounts.close(session, amina)
        assert service.find(session, token) is None
