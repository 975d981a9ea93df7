"""Signing in and out, guessing, sessions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import argon2
import pytest

from aggregator.errors import SignInRefused, TooManyAttempts
from aggregator.services.accounts import accounts
from aggregator.services.accounts import sign_in as service
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.storage.accounts.users import find_credentials_by_name
from aggregator.storage.engine import Database
from aggregator.types import User
from tests.builders import NOW
from tests.services.accounts.people import FAST_PASSWORDS, PASSWORD, sign_in

MINUTE = timedelta(minutes=1)


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        return accounts.create(session, FAST_PASSWORDS, "Amina", PASSWORD, "reader", NOW)


def test_signing_in_and_out(database: Database, amina: User) -> None:
    signed_in = sign_in(database, " AMINA")
    assert signed_in.user == amina
    with database.read() as session:
        found = service.find_session(session, signed_in.token, NOW)
        assert found
        assert found.user == amina
        (browser,) = service.list_sessions(session, amina, NOW)
        assert signed_in.token not in str(browser)
    with database.write() as session:
        service.sign_out(session, signed_in.token)
    with database.read() as session:
        assert service.find_session(session, signed_in.token, NOW) is None


def test_a_session_in_use_lives_on_and_an_unused_one_ends(database: Database, amina: User) -> None:
    token = sign_in(database).token
    later = NOW + timedelta(days=29)
    with database.write() as session:
        found = service.find_session(session, token, NOW)
        assert found
        assert not service.needs_renewal(found, NOW + timedelta(hours=23))
        assert service.needs_renewal(found, later)
        service.renew_session(session, token, later)
    with database.read() as session:
        assert service.find_session(session, token, later + timedelta(days=29))
        assert service.find_session(session, token, later + timedelta(days=30)) is None


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
        sign_in(database, name, PASSWORD, now=NOW + MINUTE)
    assert refused.value.wait == 14 * MINUTE
    if name == "Amina":
        assert sign_in(database, address="192.0.2.9", now=NOW + MINUTE).user == amina
        assert sign_in(database, now=NOW + 16 * MINUTE).user == amina


def test_one_address_may_not_try_many_names(database: Database, amina: User) -> None:
    for number in range(20):
        with pytest.raises(SignInRefused):
            sign_in(database, f"name {number}", address=f"2001:db8::{number:x}")
    with pytest.raises(TooManyAttempts):
        sign_in(database, address="2001:db8::ffff")
    assert sign_in(database, address="2001:db8:0:1::1")


def guess(database: Database, networks: int, **values: object) -> list[type[Exception]]:
    """Try wrong passwords for Amina, five from each of many networks; the refusals."""
    refusals = []
    for network in range(networks):
        for _ in range(5):
            with pytest.raises(SignInRefused) as raised:
                sign_in(database, password="wrong", address=f"203.0.113.{network}", **values)
            refusals.append(raised.type)
    return refusals


def test_guessing_from_many_networks_ends_later(database: Database, amina: User) -> None:
    assert guess(database, 8) == [SignInRefused] * 30 + [TooManyAttempts] * 10
    with pytest.raises(TooManyAttempts):
        sign_in(database)
    assert sign_in(database, now=NOW + 60 * MINUTE).user == amina
    for hour in range(1, 4):
        guess(database, 7, now=NOW + hour * 60 * MINUTE)
    with pytest.raises(TooManyAttempts) as refused:
        sign_in(database, now=NOW + 5 * 60 * MINUTE)
    assert refused.value.wait == timedelta(hours=19)


def test_a_known_browser_gets_in_whatever_others_do(database: Database, amina: User) -> None:
    guess(database, 8)
    assert sign_in(database, address="203.0.113.1", device="Amina's phone").user == amina
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(database, password="wrong", device="a stolen phone")
    with pytest.raises(TooManyAttempts):
        sign_in(database, device="a stolen phone")
    assert sign_in(database, device="Amina's phone").user == amina


def test_parallel_guesses_get_no_further_than_others(database: Database, amina: User) -> None:
    url = database.url.render_as_string(hide_password=False)
    processes = [Database(url) for _ in range(2)]

    def guess_once(number: int) -> type[Exception]:
        with pytest.raises(SignInRefused) as raised:
            sign_in(processes[number % 2], password="wrong")
        return raised.type

    with ThreadPoolExecutor(8) as pool:
        refusals = list(pool.map(guess_once, range(40)))
    for process in processes:
        process.close()
    assert refusals.count(SignInRefused) == 5


def test_signing_in_forgives_the_failures_before(database: Database, amina: User) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(SignInRefused):
                sign_in(database, password="wrong")
        sign_in(database)


def test_an_outdated_hash_is_replaced_on_sign_in(database: Database, amina: User) -> None:
    stronger = PasswordHasher(argon2.PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    service.sign_in(database, stronger, "Amina", PASSWORD, address="", user_agent="", now=NOW)
    with database.read() as session:
        found = find_credentials_by_name(session, "amina")
    assert found
    assert not stronger.needs_rehash(found.password_hash)
    assert stronger.verify(found.password_hash, PASSWORD)


def test_refused_sign_ins_are_logged_without_what_was_typed(
    database: Database, amina: User, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("Amina", "her other password"):
        for _ in range(6):
            with pytest.raises(SignInRefused):
                sign_in(database, name, "wrong guess")
    assert caplog.messages.count("a sign-in from 192.0.2.1 as Amina was refused") == 5
    assert caplog.messages.count("a sign-in from 192.0.2.1 as nobody we know was refused") == 5
    assert len(caplog.messages) == 12
    assert "too many attempts" in caplog.messages[-1]
    assert "her other password" not in caplog.text
    assert "wrong guess" not in caplog.text
