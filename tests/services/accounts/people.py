"""Helpers for tests of accounts: fast password hashes, and signing in."""

from __future__ import annotations

from aggregator.services.accounts import sign_in as service
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS, NOW

PASSWORD = "sous l'arganier"


def sign_in(
    database: Database, name: str = "Amina", password: str = PASSWORD, **values: object
) -> service.NewSession:
    values = {"address": "192.0.2.1", "user_agent": "test", "now": NOW} | values
    return service.sign_in(database, FAST_PASSWORDS, name, password, **values)  # type: ignore[arg-type]  # as given
