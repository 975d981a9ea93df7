"""Registering an account: openly, by invitation, as the first of an installation."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from aggregator.errors import InvalidInput, InvalidLink, NameTaken, TooManyAttempts
from aggregator.services.accounts import accounts, first_account, invites, registration
from aggregator.services.accounts.registration import RegistrationRequest
from aggregator.services.accounts.sign_in import find_session
from aggregator.storage.engine import Database
from aggregator.types import User
from tests.builders import NOW
from tests.services.accounts.people import FAST_PASSWORDS, PASSWORD, sign_in

HOUR = timedelta(hours=1)


def wanting(name: str = "Amina", password: str = PASSWORD, **values: str) -> RegistrationRequest:
    values = {"repeat": password, "address": "192.0.2.1", "user_agent": "test"} | values
    return RegistrationRequest(name, password, **values)


@pytest.fixture
def chaimae(database: Database) -> User:
    with database.write() as session:
        return accounts.create(session, FAST_PASSWORDS, "Chaimae", PASSWORD, "operator", NOW)


def test_a_new_reader_is_signed_in_at_once(database: Database) -> None:
    made = registration.register(database, FAST_PASSWORDS, wanting(" أمينة "), NOW)
    assert (made.user.name, made.user.role) == ("أمينة", "reader")
    with database.read() as session:
        found = find_session(session, made.token, NOW)
    assert found
    assert found.user == made.user
    assert sign_in(database, "أمينة").user == made.user


@pytest.mark.parametrize(
    "wrong",
    [wanting(" "), wanting(password="short"), wanting(repeat="another one"), wanting("a\u202eb")],
)
def test_a_slip_costs_no_attempt(database: Database, wrong: RegistrationRequest) -> None:
    for _ in range(11):
        with pytest.raises(InvalidInput):
            registration.register(database, FAST_PASSWORDS, wrong, NOW)
    assert registration.register(database, FAST_PASSWORDS, wanting(), NOW)


def test_one_address_makes_ten_accounts_an_hour(database: Database) -> None:
    for number in range(9):
        registration.register(database, FAST_PASSWORDS, wanting(f"reader {number}"), NOW)
    with pytest.raises(NameTaken):
        registration.register(database, FAST_PASSWORDS, wanting("READER 0"), NOW)
    with pytest.raises(TooManyAttempts) as refused:
        registration.register(database, FAST_PASSWORDS, wanting(), NOW + HOUR / 4)
    assert refused.value.wait == HOUR * 3 / 4
    assert registration.register(database, FAST_PASSWORDS, wanting(address="192.0.2.2"), NOW)
    assert registration.register(database, FAST_PASSWORDS, wanting("Brahim"), NOW + HOUR)


# --- by invitation -------------------------------------------------------------------------------


def invite(database: Database, operator: User, days: int = 7, **values: object) -> str:
    with database.write() as session:
        return invites.create_invite(session, operator, "Yassine", "editor", days, NOW)


def test_an_invitation_makes_one_account_with_its_role(database: Database, chaimae: User) -> None:
    token = invite(database, chaimae)
    made = registration.accept_invite(database, FAST_PASSWORDS, token, wanting("Yassine"), NOW)
    assert made.user.role == "editor"
    with pytest.raises(InvalidLink):
        registration.accept_invite(database, FAST_PASSWORDS, token, wanting("Zineb"), NOW)
    with database.read() as session:
        (record,) = invites.list_invites(session)
        assert [each.name for each in accounts.list_users(session)] == ["Chaimae", "Yassine"]
    assert (record.used_by, record.label) == ("Yassine", "Yassine")
    assert token not in str(record)


def test_a_name_that_is_taken_leaves_the_invitation_good(database: Database, chaimae: User) -> None:
    token = invite(database, chaimae)
    with pytest.raises(NameTaken):
        registration.accept_invite(database, FAST_PASSWORDS, token, wanting("chaimae"), NOW)
    assert registration.accept_invite(database, FAST_PASSWORDS, token, wanting("Yassine"), NOW)


def test_invitations_run_out_and_are_revoked(database: Database, chaimae: User) -> None:
    late, revoked = invite(database, chaimae, days=1), invite(database, chaimae)
    with database.write() as session:
        (id_,) = {each.id for each in invites.list_invites(session)} - {late_id(session, late)}
        invites.revoke(session, id_)
    for token, now in ((late, NOW + 24 * HOUR), (revoked, NOW), ("nothing", NOW), ("\0", NOW)):
        with pytest.raises(InvalidLink):
            registration.accept_invite(database, FAST_PASSWORDS, token, wanting(), now)


def late_id(session: object, token: str) -> str:
    return invites.find(session, token, NOW).id  # type: ignore[arg-type]  # a session


@pytest.mark.parametrize(("label", "days"), [("", 7), ("x" * 81, 7), ("x", 0), ("x", 91)])
def test_invitations_that_cannot_be_made(
    database: Database, chaimae: User, label: str, days: int
) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        invites.create_invite(session, chaimae, label, "reader", days, NOW)


def test_an_operator_makes_thirty_invitations_an_hour(database: Database, chaimae: User) -> None:
    for _ in range(30):
        invite(database, chaimae)
    with pytest.raises(TooManyAttempts):
        invite(database, chaimae)


# --- the first account ---------------------------------------------------------------------------


def test_each_start_tells_a_link_until_there_is_an_account(database: Database) -> None:
    first, second = first_account.new_link(database), first_account.new_link(database)
    assert first
    assert second
    made = registration.create_first_account(database, FAST_PASSWORDS, first, wanting(), NOW)
    assert made.user.role == "operator"
    assert first_account.new_link(database) is None
    for token in (first, second):
        with pytest.raises(InvalidLink):
            registration.create_first_account(
                database, FAST_PASSWORDS, token, wanting("Driss"), NOW
            )


def test_an_account_from_the_terminal_ends_the_links_for_good(database: Database) -> None:
    token = first_account.new_link(database)
    assert token
    with database.write() as session:
        amina = accounts.create(session, FAST_PASSWORDS, "Amina", PASSWORD, "reader", NOW)
    with database.write() as session:
        accounts.close(session, amina)
        assert first_account.is_needed(session)
        assert not first_account.is_valid(session, token)
    with pytest.raises(InvalidLink):
        registration.create_first_account(database, FAST_PASSWORDS, "made up", wanting(), NOW)


def test_of_several_at_once_one_becomes_the_operator(database: Database) -> None:
    tokens = [first_account.new_link(database) or "" for _ in range(4)]

    def attempt(number: int) -> bool:
        try:
            registration.create_first_account(
                database, FAST_PASSWORDS, tokens[number], wanting(f"n{number}"), NOW
            )
        except InvalidLink:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1
    with database.read() as session:
        assert len(accounts.list_users(session)) == 1
