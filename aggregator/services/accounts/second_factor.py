"""The second factors of an account: authenticator app, passkeys, recovery codes.

What changes them takes a session whose password was asked again a moment ago.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import (
    CodeRefused,
    ConfirmationNeeded,
    InvalidInput,
    NotFound,
    TooManyAttempts,
)
from aggregator.process.deadlines import (
    CONFIRMATION_LIFETIME,
    TOTP_SETUP_LIFETIME,
    is_recent,
)
from aggregator.services.accounts import rate_limits, recovery_codes, sign_in_steps, totp
from aggregator.services.accounts.secret_box import SecretBox
from aggregator.services.accounts.sign_in import NewSession, attempt_limits, create_session
from aggregator.services.accounts.tokens import token_hash
from aggregator.storage.accounts import passkeys as passkey_store
from aggregator.storage.accounts import recovery_codes as code_store
from aggregator.storage.accounts import sessions
from aggregator.storage.accounts import sign_in_steps as step_store
from aggregator.storage.accounts import totp as totp_store
from aggregator.storage.engine import Database
from aggregator.storage.readers.tags import lock_reader
from aggregator.types import Role, User
from aggregator.types.second_factors import Factor, SecondFactors

log = logging.getLogger("marsad.accounts")


@dataclass(frozen=True, slots=True)
class AppSetup:
    """An authenticator app that waits to be confirmed."""

    secret: str
    uri: str
    """What the app reads from a QR code."""


def find(session: Session, user: User) -> SecondFactors:
    """What a user signs in with besides the password."""
    app = totp_store.find_secret(session, user.id)
    return SecondFactors(
        passkey_store.list_passkeys(session, user.id),
        app.confirmed_at if app else None,
        code_store.count_codes(session, user.id),
    )


def is_confirmed(confirmed_at: datetime | None, now: datetime) -> bool:
    """Whether a session may change how its user signs in: the password was asked a moment ago."""
    return confirmed_at is not None and is_recent(confirmed_at, now, CONFIRMATION_LIFETIME)


def require_confirmed(confirmed_at: datetime | None, now: datetime) -> None:
    """Raise ConfirmationNeeded unless `is_confirmed`."""
    if not is_confirmed(confirmed_at, now):
        raise ConfirmationNeeded


# --- the authenticator app -----------------------------------------------------------------------


def begin_app(session: Session, box: SecretBox, user: User, now: datetime) -> None:
    """Make a secret that waits to be confirmed. Raises InvalidInput if there is an app already."""
    sealed = box.seal(totp.new_secret(), user.id)
    if not totp_store.replace_unconfirmed(session, user.id, sealed, now):
        raise InvalidInput("error.app_exists", "there is an authenticator app already")


def pending_app(
    session: Session, box: SecretBox, user: User, issuer: str, now: datetime
) -> AppSetup | None:
    """The app that waits to be confirmed, if any. `issuer`: what apps call this site."""
    stored = totp_store.find_secret(session, user.id)
    if stored is None or not _is_pending(stored, now):
        return None
    secret = box.open(stored.secret, user.id)
    return AppSetup(secret, totp.setup_uri(secret, user.name, issuer))


def confirm_app(
    database: Database, box: SecretBox, user: User, typed: str, *, token: str, now: datetime
) -> tuple[str, ...]:
    """Turn an app on with the code that it shows. From now on a password alone is not enough.

    The session of `token` counts as one with a second factor. Returns new recovery codes if the
    user has none. Raises CodeRefused, TooManyAttempts.
    """
    limits = {f"app:{user.id}": rate_limits.PASSWORD_CONFIRMATIONS}
    with database.write() as session:
        rate_limits.record_attempts(session, limits, now)
        stored = totp_store.find_secret(session, user.id)
    if stored is None or not _is_pending(stored, now):
        raise CodeRefused("no app waits to be confirmed", "error.app_late")
    step = totp.matching_step(box.open(stored.secret, user.id), totp.as_code(typed), now)
    if step is None:
        raise CodeRefused
    with database.write() as session:
        if not totp_store.confirm_secret(session, user.id, stored.secret, step, now):
            raise CodeRefused("no app waits to be confirmed", "error.app_late")
        rate_limits.forgive_attempts(session, limits)
        sessions.set_two_factor(session, token_hash(token))
        codes = _codes_if_none(session, user, now)
    log.info("%s turned an authenticator app on", user.name)
    return codes


def _is_pending(stored: totp_store.StoredSecret, now: datetime) -> bool:
    return stored.confirmed_at is None and is_recent(stored.created_at, now, TOTP_SETUP_LIFETIME)


# --- recovery codes, and taking factors away -----------------------------------------------------


def renew_codes(session: Session, user: User, now: datetime) -> tuple[str, ...]:
    """New recovery codes in place of all former ones. Raises InvalidInput without a factor."""
    if not find(session, user).count:
        raise InvalidInput("error.no_factor", "there is no second factor to recover")
    return recovery_codes.make(session, user, now)


def _codes_if_none(session: Session, user: User, now: datetime) -> tuple[str, ...]:
    if code_store.count_codes(session, user.id):
        return ()
    return recovery_codes.make(session, user, now)


def remove_app(session: Session, user: User, required_roles: Collection[Role]) -> None:
    """Turn one's own authenticator app off. Raises NotFound, InvalidInput if one is needed."""
    lock_reader(session, user.id)
    if not totp_store.delete_secret(session, user.id):
        raise NotFound("authenticator app", user.name)
    _after_removal(session, user, required_roles)


def revoke_passkey(
    session: Session, user: User, passkey_id: int, required_roles: Collection[Role]
) -> None:
    """Revoke one of one's own passkeys. Raises NotFound, InvalidInput if one is needed."""
    lock_reader(session, user.id)
    if not passkey_store.delete_passkey(session, passkey_id, user.id):
        raise NotFound("passkey", passkey_id)
    _after_removal(session, user, required_roles)


def _after_removal(session: Session, user: User, required_roles: Collection[Role]) -> None:
    """Forget codes that recover nothing. Raises InvalidInput, and the caller rolls back."""
    if find(session, user).count:
        return
    if user.role in required_roles:
        raise InvalidInput(
            "error.last_factor", "this role needs a second factor; add another first"
        )
    code_store.delete_codes(session, user.id)


def reset(session: Session, user: User, factors: Collection[Factor]) -> None:
    """Take factors from a user who has lost them, and sign them out everywhere."""
    if "passkeys" in factors:
        passkey_store.delete_passkeys(session, user.id)
    if "app" in factors:
        totp_store.delete_secret(session, user.id)
    if "codes" in factors or not find(session, user).count:
        code_store.delete_codes(session, user.id)
    step_store.delete_steps(session, user.id)
    sessions.delete_sessions(session, user.id)


# --- the second step of signing in ---------------------------------------------------------------


def complete_sign_in(
    database: Database,
    box: SecretBox,
    token: str,
    typed: str,
    *,
    address: str,
    user_agent: str,
    device: str = "",
    now: datetime,
) -> NewSession:
    """Finish the sign-in of a step with a code of the app, or a recovery code.

    `device` as in `sign_in`, whose limits are those of codes, too, counted on their own. Raises
    CodeRefused, or TooManyAttempts without looking at the code.
    """
    try:
        with database.write() as session:
            user = sign_in_steps.find_user(session, token, now)
            if user is None:
                raise CodeRefused("the sign-in took too long", "error.sign_in_step")
            limits = {
                f"code:{key}": limit
                for key, limit in attempt_limits(user.name, address, device).items()
            }
            rate_limits.record_attempts(session, limits, now)
        with database.write() as session:
            kind = _redeem(session, box, user, typed, now)
            if kind is None or not sign_in_steps.end(session, token):
                raise CodeRefused
            rate_limits.forgive_attempts(session, limits)
            new = create_session(session, user, user_agent, now, two_factor=True)
    except (CodeRefused, TooManyAttempts) as error:
        log.warning("a second factor from %s was refused: %s", address, error)
        raise
    if kind == "codes":
        log.info("%s signed in with a recovery code", user.name)
    return new


def _redeem(
    session: Session, box: SecretBox, user: User, typed: str, now: datetime
) -> Factor | None:
    """Use a code, and say what it was; None if it is wrong or was used."""
    code = totp.as_code(typed)
    if not code:
        return "codes" if recovery_codes.redeem(session, user, typed) else None
    return "app" if _redeem_app_code(session, box, user, code, now) else None


def _redeem_app_code(
    session: Session, box: SecretBox, user: User, code: str, now: datetime
) -> bool:
    stored = totp_store.find_secret(session, user.id)
    if stored is None or stored.confirmed_at is None:
        return False
    secret = box.open(stored.secret, user.id)
    step = totp.matching_step(secret, code, now)
    if step is None or not totp_store.spend_step(session, user.id, step, totp.latest_step(now)):
        return False
    if not box.is_current(stored.secret):  # the key was set after the app
        totp_store.replace_secret(session, user.id, stored.secret, box.seal(secret, user.id))
    return True
