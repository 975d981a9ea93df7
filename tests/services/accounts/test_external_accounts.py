"""Accounts of people whom a provider vouches for, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.errors import LastSignIn, ProviderRefused
from aggregator.process.deadlines import SIGN_IN_FLOW_LIFETIME
from aggregator.services.accounts import accounts, expiry, external_accounts, sign_in
from aggregator.services.accounts.external_accounts import ExternalPerson
from aggregator.storage.accounts import sign_in_flows
from aggregator.storage.accounts.sign_in_flows import SignInFlow
from aggregator.storage.engine import Database
from aggregator.storage.models import IdentityRow
from aggregator.types import User
from tests.builders import FAST_PASSWORDS, NOW

AMINA = ExternalPerson("https://sso.example.org", "a-1", "Amina", "reader")
FLOW = SignInFlow("nonce", "verifier", "/", None, NOW)


def come(
    database: Database, person: ExternalPerson = AMINA, *, create: bool = True, roles: bool = True
) -> User:
    return external_accounts.find_or_create(
        database, person, may_create=create, decides_roles=roles, now=NOW
    )


def users(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {user.name: user.role for user in accounts.list_users(session)}


def test_one_account_for_one_person(database: Database) -> None:
    first = come(database)
    assert come(database, replace(AMINA, name="Amina Bennis")) == first
    other = come(database, replace(AMINA, issuer="https://other.example.org"))
    assert other != first
    assert users(database) == {"Amina": "reader", "Amina 2": "reader"}


def test_two_first_sign_ins_at_once_make_one_account(database: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(lambda _: come(database), range(8)))
    assert len(found) == 1
    assert users(database) == {"Amina": "reader"}


def test_two_people_of_one_name_at_once_have_two_accounts(database: Database) -> None:
    people = [replace(AMINA, subject=f"a-{number}") for number in range(2)]
    with ThreadPoolExecutor(2) as threads:
        found = set(threads.map(lambda person: come(database, person), people))
    assert len(found) == 2
    assert users(database) == {"Amina": "reader", "Amina 2": "reader"}


def test_the_last_operator_loses_the_role_too(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    come(database, replace(AMINA, role="operator"))
    come(database, replace(AMINA, role="editor"))
    assert users(database) == {"Amina": "editor"}
    assert "nobody operates this site now" in caplog.text


def test_whoever_loses_all_roles_loses_the_sessions(database: Database) -> None:
    user = come(database, replace(AMINA, role="operator"))
    with database.write() as session:
        token = sign_in.create_session(session, user, "", NOW).token
    with pytest.raises(ProviderRefused):
        come(database, replace(AMINA, role=None))
    assert users(database) == {"Amina": "reader"}
    with database.read() as session:
        assert sign_in.find_session(session, token, NOW) is None


@pytest.mark.parametrize(("create", "role"), [(False, "reader"), (True, None), (False, None)])
def test_a_refusal_leaves_nothing(database: Database, create: bool, role: None) -> None:
    with pytest.raises(ProviderRefused):
        come(database, replace(AMINA, role=role), create=create)
    assert users(database) == {}


def test_an_identity_stays_with_its_account(database: Database) -> None:
    with database.write() as session:
        brahim = accounts.create(session, FAST_PASSWORDS, "Brahim", "a password", "reader", NOW)
        driss = accounts.create(session, FAST_PASSWORDS, "Driss", "a password", "reader", NOW)
        external_accounts.link(session, brahim, AMINA, NOW)
        external_accounts.link(session, brahim, AMINA, NOW)  # again
        with pytest.raises(ProviderRefused):
            external_accounts.link(session, driss, AMINA, NOW)
    assert come(database, create=False, roles=False) == brahim


def test_what_opens_an_account_last_stays(database: Database) -> None:
    user = come(database)
    with database.write() as session:
        (first,) = external_accounts.list_identities(session, user)
        with pytest.raises(LastSignIn):
            external_accounts.unlink(session, user, first.id)
        external_accounts.link(session, user, replace(AMINA, subject="a-2"), NOW)
        external_accounts.unlink(session, user, first.id)
        assert len(external_accounts.list_identities(session, user)) == 1


def test_closing_the_account_deletes_the_identities(database: Database) -> None:
    user = come(database)
    with database.write() as session:
        accounts.insert(session, "Chaimae", "", "operator", NOW)
        accounts.close(session, user)
        assert session.query(IdentityRow).count() == 0


def test_a_flow_is_claimed_once_and_only_in_its_browser(database: Database) -> None:
    with database.write() as session:
        sign_in_flows.insert_flow(session, "state", "browser", FLOW)

    def claim(browser: str) -> SignInFlow | None:
        with database.write() as session:
            return sign_in_flows.claim_flow(session, "state", browser)

    assert claim("another") is None
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(claim, ["browser"] * 8))
    assert [each for each in found if each] == [FLOW]


def test_flows_that_nobody_completed_are_forgotten(database: Database) -> None:
    with database.write() as session:
        sign_in_flows.insert_flow(session, "old", "b", FLOW)
        later = NOW + SIGN_IN_FLOW_LIFETIME + timedelta(seconds=1)
        sign_in_flows.insert_flow(session, "new", "b", replace(FLOW, started_at=later))
    expiry.delete_expired_daily(database, later)
    with database.write() as session:
        assert sign_in_flows.claim_flow(session, "old", "b") is None
        assert sign_in_flows.claim_flow(session, "new", "b") is not None
