"""Hashing passwords."""

import argon2

from aggregator.services.accounts.passwords import PasswordHasher

QUICK = PasswordHasher(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_only_the_right_password_fits() -> None:
    stored = QUICK.hash("كلمة السر")
    assert QUICK.verify(stored, "كلمة السر")
    assert not QUICK.verify(stored, "كلمة أخرى")
    assert "كلمة" not in stored


def test_however_the_keyboard_composes_letters() -> None:
    assert QUICK.verify(QUICK.hash("caf\u00e9-caf\u00e9"), "cafe\u0301-cafe\u0301")


def test_an_account_that_does_not_exist_never_fits() -> None:
    assert not QUICK.verify(None, "anything")


def test_a_broken_hash_fits_nothing() -> None:
    assert not QUICK.verify("not a hash", "anything")


def test_todays_parameters_are_the_standard() -> None:
    today = PasswordHasher()
    assert today.needs_rehash(QUICK.hash("password"))
    assert not today.needs_rehash(today.hash("password"))
    assert today.hash("password").startswith("$argon2id$")
