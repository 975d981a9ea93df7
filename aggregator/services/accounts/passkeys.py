"""Passkeys: making, naming and revoking them, and signing in with one instead of name and password.

A challenge comes from `web.request.challenges`, bound to the browser; here it is spent.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound, PasskeyRefused, TooManyAttempts
from aggregator.services.accounts import rate_limits, webauthn_protocol
from aggregator.services.accounts.labels import clean_label
from aggregator.services.accounts.sign_in import NewSession, create_session
from aggregator.services.accounts.tokens import token_hash
from aggregator.services.accounts.webauthn_protocol import RelyingParty
from aggregator.storage.accounts import passkeys as store
from aggregator.storage.accounts import sessions
from aggregator.storage.accounts.passkeys import StoredPasskey
from aggregator.storage.engine import Database
from aggregator.storage.readers.tags import lock_reader
from aggregator.types import User
from aggregator.types.second_factors import MAX_PASSKEYS

log = logging.getLogger("marsad.accounts")


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge that this browser was given and that has not expired."""

    value: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasskeyMaker:
    """The site to which passkeys are bound, and the secret that makes its user handles."""

    party: RelyingParty
    secret: str

    def user_handle(self, user: User) -> bytes:
        """How authenticators tell accounts apart: 32 bytes that say nothing about the account."""
        return hmac.digest(self.secret.encode(), f"passkeys of {user.id}".encode(), hashlib.sha256)


def registration_options(session: Session, maker: PasskeyMaker, user: User, value: bytes) -> str:
    """The JSON with which the browser of a user makes a passkey. Raises InvalidInput: one too many.

    `value`: that of the challenge.
    """
    _check_room(session, user)
    known = store.credential_ids(session, user.id)
    return webauthn_protocol.registration_options(
        maker.party, value, maker.user_handle(user), user.name, known
    )


def register(
    database: Database,
    maker: PasskeyMaker,
    user: User,
    challenge: Challenge,
    answer: str,
    name: str,
    *,
    token: str,
    now: datetime,
) -> None:
    """Add a passkey; the session of `token` counts as one with a second factor from now on.

    Raises InvalidInput, PasskeyRefused, Conflict.
    """
    name = clean_label(name, "error.passkey_name")
    made = webauthn_protocol.verify_registration(maker.party, challenge.value, answer)
    with database.write() as session:
        lock_reader(session, user.id)
        _check_room(session, user)
        _spend(session, challenge)
        store.insert_passkey(
            session,
            user.id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=name,
            now=now,
        )
        sessions.set_two_factor(session, token_hash(token))
    log.info("%s added a passkey", user.name)


def sign_in(
    database: Database,
    maker: PasskeyMaker,
    challenge: Challenge,
    answer: str,
    *,
    address: str,
    user_agent: str,
    now: datetime,
) -> NewSession:
    """Open a session for the owner of a passkey. Raises PasskeyRefused, TooManyAttempts."""
    limits = {f"passkey:{rate_limits.address_block(address)}": rate_limits.SIGN_INS_PER_ADDRESS}
    try:
        with database.write() as session:
            rate_limits.record_attempts(session, limits, now)
        stored, sign_count = _verified(database, maker, challenge, answer)
        with database.write() as session:
            _spend(session, challenge)
            if not store.record_use(session, stored.id, sign_count, now):
                raise PasskeyRefused("the passkey was revoked or used meanwhile")
            rate_limits.forgive_attempts(session, limits)
            return create_session(session, stored.user, user_agent, now, two_factor=True)
    except (PasskeyRefused, TooManyAttempts) as error:
        log.warning("a passkey from %s was refused: %s", address, error)
        raise


def rename(session: Session, user: User, passkey_id: int, name: str) -> None:
    """Rename one of one's own passkeys. Raises InvalidInput, NotFound."""
    name = clean_label(name, "error.passkey_name")
    if not store.rename_passkey(session, passkey_id, user.id, name):
        raise NotFound("passkey", passkey_id)


def _verified(
    database: Database, maker: PasskeyMaker, challenge: Challenge, text: str
) -> tuple[StoredPasskey, int]:
    """The passkey that gave a right answer, and its new count. Raises PasskeyRefused."""
    answer = webauthn_protocol.read_answer(text)
    with database.read() as session:
        stored = store.find_passkey(session, answer.credential_id)
    if stored is None:
        raise PasskeyRefused("unknown or revoked", "error.passkey_unknown")
    expected = maker.user_handle(stored.user)
    if answer.user_handle is not None and not hmac.compare_digest(answer.user_handle, expected):
        raise PasskeyRefused("it answers for another account")
    sign_count = webauthn_protocol.verify_answer(
        maker.party, challenge.value, answer, stored.public_key, stored.sign_count
    )
    return stored, sign_count


def _spend(session: Session, challenge: Challenge) -> None:
    hashed = hashlib.sha256(challenge.value).hexdigest()
    if not store.spend_challenge(session, hashed, challenge.expires_at):
        raise PasskeyRefused("the challenge was answered before", "error.passkey_late")


def _check_room(session: Session, user: User) -> None:
    if store.count_passkeys(session, user.id) >= MAX_PASSKEYS:
        raise InvalidInput("error.passkeys_many", f"at most {MAX_PASSKEYS} passkeys")
