"""Second factors without the web: what is stored, what clocks do to it, and what resets it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import func, select, update

from aggregator.errors import CodeRefused, StorageError
from aggregator.services.accounts import accounts, expiry, recovery_codes, second_factor, totp
from aggregator.services.accounts import sign_in as sign_in_service
from aggregator.services.accounts.secret_box import SecretBox
from aggregator.services.accounts.sign_in import NewSession
from aggregator.services.accounts.sign_in_steps import SignInStep
from aggregator.services.accounts.tokens import token_hash
from aggregator.services.accounts.webauthn_protocol import relying_party
from aggregator.storage.accounts import passkeys, sessions, sign_in_steps
from aggregator.storage.engine import Database
from aggregator.storage.models import (
    PasskeyRow,
    RecoveryCodeRow,
    SignInStepRow,
    SpentChallengeRow,
    TotpRow,
)
from aggregator.types import User
from tests.builders import FAST_PASSWORDS, NOW, make_user

PASSWORD = "sous l'arganier"
STEP = timedelta(seconds=30)
KEY = "a key that is kept somewhere else"
BOX = SecretBox()


def somebody(database: Database) -> User:
    with database.write() as session:
        return accounts.create(session, FAST_PASSWORDS, "Amina", PASSWORD, "reader", NOW)


def with_app(database: Database, box: SecretBox = BOX) -> tuple[User, pyotp.TOTP]:
    """Somebody whose app was turned on a while ago."""
    user = somebody(database)
    before = NOW - timedelta(minutes=5)
    with database.write() as session:
        second_factor.begin_app(session, box, user, before)
        setup = second_factor.pending_app(session, box, user, "Marsad", before)
    assert setup
    app = pyotp.TOTP(setup.secret)
    second_factor.confirm_app(database, box, user, app.at(before), token="", now=before)
    return user, app


def begin(database: Database, now: datetime = NOW) -> str:
    """The token of a sign-in that waits for its code."""
    found = sign_in_service.sign_in(
        database, FAST_PASSWORDS, "Amina", PASSWORD, address="192.0.2.1", user_agent="", now=now
    )
    assert isinstance(found, SignInStep)
    return found.token


def complete(
    database: Database, token: str, code: str, now: datetime = NOW, box: SecretBox = BOX
) -> NewSession:
    return second_factor.complete_sign_in(
        database, box, token, code, address="192.0.2.1", user_agent="", now=now
    )


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_codes_next_to_the_current_one_count(database: Database, steps: int) -> None:
    user, app = with_app(database)
    signed_in = complete(database, begin(database), app.at(NOW + steps * STEP))
    assert signed_in.user == user
    with database.read() as session:
        found = sessions.find_session(session, token_hash(signed_in.token), NOW)
    assert found
    assert found.two_factor


@pytest.mark.parametrize("steps", [-2, 2])
def test_codes_further_away_do_not(database: Database, steps: int) -> None:
    _, app = with_app(database)
    with pytest.raises(CodeRefused):
        complete(database, begin(database), app.at(NOW + steps * STEP))


def test_an_earlier_code_is_refused_after_a_later_one(database: Database) -> None:
    _, app = with_app(database)
    complete(database, begin(database), app.at(NOW + STEP))
    with pytest.raises(CodeRefused):
        complete(database, begin(database), app.at(NOW))


def test_a_clock_that_was_ahead_locks_nobody_out(database: Database) -> None:
    _, app = with_app(database)
    ahead = NOW + timedelta(days=400)
    complete(database, begin(database, ahead), app.at(ahead), ahead)
    complete(database, begin(database), app.at(NOW))


def test_a_step_ends_by_itself(database: Database) -> None:
    _, app = with_app(database)
    token, late = begin(database), NOW + timedelta(minutes=10)
    with pytest.raises(CodeRefused, match="too long"):
        complete(database, token, app.at(late), late)


def test_a_step_signs_in_once(database: Database) -> None:
    user, _ = with_app(database)
    with database.write() as session:
        first, second, *_ = recovery_codes.make(session, user, NOW)
    token = begin(database)
    complete(database, token, first)
    with pytest.raises(CodeRefused):
        complete(database, token, second)
    with database.read() as session:
        assert second_factor.find(session, user).codes_left == 9


def test_an_app_that_nobody_confirmed_in_time(database: Database) -> None:
    user = somebody(database)
    with database.write() as session:
        second_factor.begin_app(session, BOX, user, NOW)
    late = NOW + timedelta(hours=1)
    with database.read() as session:
        assert second_factor.pending_app(session, BOX, user, "Marsad", late) is None
    with pytest.raises(CodeRefused, match="waits"):
        second_factor.confirm_app(database, BOX, user, "123456", token="", now=late)
    expiry.delete_expired_daily(database, late)
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(TotpRow)).scalar_one() == 0


def test_secrets_are_encrypted_when_the_key_is_set(database: Database) -> None:
    user, app = with_app(database)
    assert stored_secret(database) == f"plain:{app.secret}"
    box = SecretBox(KEY)
    complete(database, begin(database), app.at(NOW), box=box)
    sealed = stored_secret(database)
    assert app.secret not in sealed
    assert box.open(sealed, user.id) == app.secret
    complete(database, begin(database), app.at(NOW + STEP), box=box)
    for other in (SecretBox(), SecretBox(KEY + "!")):
        with pytest.raises(StorageError, match=r"sign_in\.secret_key"):
            complete(database, begin(database), app.at(NOW), box=other)


def test_a_sealed_secret_is_of_one_account() -> None:
    box = SecretBox(KEY)
    sealed = box.seal("ABC", 1)
    assert sealed != box.seal("ABC", 1)
    with pytest.raises(StorageError):
        box.open(sealed, 2)


def stored_secret(database: Database) -> str:
    with database.read() as session:
        return session.execute(select(TotpRow.secret)).scalar_one()


def add_passkey(database: Database, user: User, id_: str = "AAAA", count: int = 0) -> None:
    with database.write() as session:
        passkeys.insert_passkey(
            session, user.id, credential_id=id_, public_key=b"\0key", sign_count=count,
            name="هاتف", now=NOW,
        )  # fmt: skip


def test_a_counter_only_advances(database: Database) -> None:
    add_passkey(database, somebody(database), count=5)
    with database.write() as session:
        stored = passkeys.find_passkey(session, "AAAA")
        assert stored
        assert stored.public_key == b"\0key"
        assert not passkeys.record_use(session, stored.id, 0, NOW)
        assert not passkeys.record_use(session, stored.id, 5, NOW)
        assert passkeys.record_use(session, stored.id, 2**32 - 1, NOW)


def test_a_passkey_that_does_not_count(database: Database) -> None:
    add_passkey(database, somebody(database))
    with database.write() as session:
        assert passkeys.record_use(session, 1, 0, NOW)
        assert passkeys.record_use(session, 1, 0, NOW)
        assert passkeys.list_passkeys(session, 1)[0].last_used_at == NOW


def test_spent_challenges_and_steps_are_forgotten(database: Database) -> None:
    with_app(database)
    begin(database)
    with database.write() as session:
        assert passkeys.spend_challenge(session, "hash", NOW + timedelta(minutes=1))
        assert not passkeys.spend_challenge(session, "hash", NOW + timedelta(minutes=1))
    expiry.delete_expired_daily(database, NOW + timedelta(minutes=11))
    with database.read() as session:
        for table in (SignInStepRow, SpentChallengeRow):
            assert session.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_a_step_of_a_clock_that_was_ahead_is_over(database: Database) -> None:
    with_app(database)
    token = begin(database)
    with database.write() as session:
        session.execute(update(SignInStepRow).values(expires_at=NOW + timedelta(days=2)))
        assert sign_in_steps.find_user(session, token_hash(token), NOW) is None


@pytest.mark.parametrize(
    ("factors", "left"),
    [
        (("codes",), (1, True, 0)),
        (("app",), (1, False, 10)),
        (("passkeys",), (0, True, 10)),
        (("app", "passkeys"), (0, False, 0)),
    ],
)
def test_resetting(
    database: Database, factors: tuple[second_factor.Factor, ...], left: tuple[int, bool, int]
) -> None:
    user, app = with_app(database)
    add_passkey(database, user)
    signed_in = complete(database, begin(database), app.at(NOW))
    with database.write() as session:
        second_factor.reset(session, user, factors)
        found = second_factor.find(session, user)
        assert sessions.find_session(session, token_hash(signed_in.token), NOW) is None
    assert (len(found.passkeys), found.app_since is not None, found.codes_left) == left


def test_closing_an_account_leaves_nothing(database: Database) -> None:
    user, _ = with_app(database)
    add_passkey(database, user)
    begin(database)
    with database.write() as session:
        make_user(session, "other")
        accounts.close(session, user)
        for table in (PasskeyRow, TotpRow, RecoveryCodeRow, SignInStepRow):
            assert session.execute(select(func.count()).select_from(table)).scalar_one() == 0


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://news.example", ("news.example", "https://news.example")),
        ("https://News.Example:443/path", ("news.example", "https://news.example")),
        ("https://news.example:8443", ("news.example", "https://news.example:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://news.example", None),
        ("https://192.0.2.1", None),
        ("https://[2001:db8::1]", None),
        ("http://127.0.0.1:8000", None),
    ],
)
def test_where_there_can_be_passkeys(address: str, expected: tuple[str, str] | None) -> None:
    party = relying_party(address, "Marsad")
    assert (party and (party.id, party.origin)) == expected


@pytest.mark.parametrize(
    ("typed", "code"),
    [("123456", "123456"), (" 123 456 ", "123456"), ("١٢٣٤٥٦", "123456"), ("۱۲۳۴۵۶", "123456"),
     ("12345", ""), ("1234567", ""), ("abcdef", ""), ("²23456", ""), ("", "")],
)  # fmt: skip
def test_codes_as_people_type_them(typed: str, code: str) -> None:
    assert totp.as_code(typed) == code
