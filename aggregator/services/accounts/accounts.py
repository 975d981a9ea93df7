"""Accounts: creating, finding and closing them, their roles and passwords."""

from __future__ import annotations

import logging
import unicodedata
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, LastOperator, NotFound, SignInRefused
from aggregator.process.deadlines import FRESH_SIGN_IN
from aggregator.services.accounts import rate_limits
from aggregator.services.accounts.mail import clean_address
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.accounts.tokens import token_hash
from aggregator.services.accounts.weak_passwords import is_guessable
from aggregator.storage.accounts import (
    api_tokens,
    app_passwords,
    password_links,
    personal_feeds,
    sessions,
    sign_in_steps,
)
from aggregator.storage.accounts import users as store
from aggregator.storage.accounts.setup_links import delete_links
from aggregator.storage.engine import Database
from aggregator.types import Role, User
from aggregator.types.limits import MAX_PASSWORD, MAX_USER_NAME, MIN_PASSWORD

log = logging.getLogger("marsad.accounts")


def name_key(name: str) -> str:
    """A name as names are compared: case-folded NFKC, white space folded."""
    key = unicodedata.normalize("NFKC", _folded(name).casefold())
    return key.replace("\0", "\ufffd")  # PostgreSQL rejects NUL even in a comparison


def clean_name(name: str) -> str:
    """A name as it is stored. Raises InvalidInput for an unusable one."""
    name = _folded(name)
    printable = all(unicodedata.category(character)[0] != "C" for character in name)
    if not (0 < len(name) <= MAX_USER_NAME and printable):
        raise InvalidInput(
            "error.user_name", f"a name has 1 to {MAX_USER_NAME} visible characters", field="name"
        )
    return name


def check_password(password: str, repeat: str | None = None, *, name: str) -> None:
    """Raise InvalidInput for a password of `name` that is unsafe, too long, or repeated wrongly.

    By NIST SP 800-63B: a minimum length, no rules of composition, none that is guessed first.
    """
    if len(password) < MIN_PASSWORD:
        raise InvalidInput(
            "error.password_short",
            f"a password needs at least {MIN_PASSWORD} characters",
            field="password",
        )
    if len(password) > MAX_PASSWORD:
        raise InvalidInput(
            "error.password_long",
            f"a password has at most {MAX_PASSWORD} characters",
            field="password",
        )
    if is_guessable(password, name):
        raise InvalidInput(
            "error.password_common", "this password is easy to guess", field="password"
        )
    if repeat is not None and password != repeat:
        raise InvalidInput("error.password_repeat", "the passwords differ", field="repeat")


def create(
    session: Session, passwords: PasswordHasher, name: str, password: str, role: Role, now: datetime
) -> User:
    """Create an account. Raises InvalidInput, NameTaken."""
    name = clean_name(name)
    check_password(password, name=name)
    return insert(session, name, passwords.hash(password), role, now)


def insert(session: Session, name: str, password_hash: str, role: Role, now: datetime) -> User:
    """Create an account from a checked name and a hashed password. Raises NameTaken."""
    delete_links(session)  # they are for the first account only
    return store.insert_user(session, name, name_key(name), password_hash, role, now)


def find(session: Session, name: str) -> User:
    """The account under that name. Raises NotFound."""
    found = store.find_credentials_by_name(session, name_key(name))
    if found is None:
        raise NotFound("user", name)
    return found.user


def list_users(session: Session) -> tuple[User, ...]:
    """All accounts, by name."""
    return store.list_users(session)


def set_role(session: Session, user: User, role: Role) -> User:
    """Change the role of a user. Raises LastOperator."""
    if role != "operator":
        _require_other_operator(session, user)
    store.set_role(session, user.id, role)
    return User(user.id, user.name, role)


def close(session: Session, user: User) -> None:
    """Delete an account with all data of its user. Raises LastOperator."""
    _require_other_operator(session, user)
    sessions.delete_sessions(session, user.id)
    store.delete_user(session, user.id)


def reset_password(
    session: Session,
    passwords: PasswordHasher,
    name: str,
    password: str,
    *,
    keep_tokens: bool = False,
) -> User:
    """Set a password, end all sessions, revoke tokens and feeds. Raises NotFound, InvalidInput."""
    check_password(password, name=name)
    user = find(session, name)
    replace_password(session, user, passwords.hash(password), keep_tokens=keep_tokens)
    return user


def replace_password(
    session: Session,
    user: User,
    password_hash: str,
    *,
    keep_session: str | None = None,
    keep_tokens: bool = False,
) -> None:
    """Store a new password, end all sessions but one, revoke links, tokens and feeds.

    `keep_session` is the hash of the token of that session.
    """
    store.set_password_hash(session, user.id, password_hash)
    sessions.delete_sessions(session, user.id, keep=keep_session)
    sign_in_steps.delete_steps(session, user.id)
    password_links.delete_links(session, user.id)
    if not keep_tokens:
        _revoke_addresses(session, user)


def change_password(
    database: Database,
    passwords: PasswordHasher,
    user: User,
    current: str,
    new: str,
    repeat: str,
    *,
    token: str,
    now: datetime,
    keep_tokens: bool = False,
) -> None:
    """Replace one's own password; ends all sessions but that of `token`, revokes tokens and feeds.

    Raises InvalidInput, or SignInRefused if `current` is wrong.
    """
    _verify_current_password(database, passwords, user, current, now, token)
    check_password(new, repeat, name=user.name)
    hashed = passwords.hash(new)
    with database.write() as session:
        rate_limits.forgive_attempts(session, _attempt_limits(user))
        replace_password(
            session, user, hashed, keep_session=token_hash(token), keep_tokens=keep_tokens
        )
    log.info("%s changed the password", user.name)


def _revoke_addresses(session: Session, user: User) -> None:
    """Revoke API tokens, app passwords and the secret addresses of personal feeds."""
    api_tokens.delete_tokens(session, user.id)
    app_passwords.delete_passwords(session, user.id)
    personal_feeds.delete_feeds(session, user.id)


def email_of(session: Session, user: User) -> str:
    """Where a link for a forgotten password is mailed; empty if nowhere."""
    return store.email_of(session, user.id)


def change_email(
    database: Database, passwords: PasswordHasher, user: User, password: str, email: str,
    now: datetime, *, token: str = "",
) -> None:  # fmt: skip
    """Replace one's own address. Raises InvalidInput, or SignInRefused for a wrong password."""
    email = clean_address(email)
    _verify_current_password(database, passwords, user, password, now, token)
    with database.write() as session:
        rate_limits.forgive_attempts(session, _attempt_limits(user))
        store.set_email(session, user.id, email)
    log.info("%s changed the e-mail address", user.name)


def close_own(
    database: Database, passwords: PasswordHasher, user: User, password: str, now: datetime,
    *, token: str = "",
) -> None:  # fmt: skip
    """Delete one's own account. Raises LastOperator, or SignInRefused for a wrong password."""
    _verify_current_password(database, passwords, user, password, now, token)
    with database.write() as session:
        rate_limits.forgive_attempts(session, _attempt_limits(user))
        close(session, user)
    log.info("%s closed the account", user.name)


def confirm(
    database: Database, passwords: PasswordHasher, user: User, password: str, now: datetime,
    *, token: str,
) -> None:  # fmt: skip
    """Check that a signed-in user is the owner of the account. Raises SignInRefused."""
    _verify_current_password(database, passwords, user, password, now, token)
    with database.write() as session:
        rate_limits.forgive_attempts(session, _attempt_limits(user))


def allow_changes(
    database: Database, passwords: PasswordHasher, user: User, password: str, now: datetime,
    *, token: str,
) -> None:  # fmt: skip
    """Allow the session of `token`, for a while, to change how its user signs in.

    Raises SignInRefused as `confirm` does.
    """
    confirm(database, passwords, user, password, now, token=token)
    with database.write() as session:
        sessions.set_confirmed(session, token_hash(token), now)


def _verify_current_password(
    database: Database,
    passwords: PasswordHasher,
    user: User,
    password: str,
    now: datetime,
    token: str,
) -> None:
    """Check the password of a signed-in user. Raises SignInRefused.

    Rate limited as sign-in is: a session left open must not allow guessing the password. Without a
    password, the session of `token` must be so young that nobody can have left it open for long.
    """
    with database.write() as session:
        rate_limits.record_attempts(session, _attempt_limits(user), now)
        stored = store.find_credentials(session, user.id).password_hash
        is_fresh = sessions.has_begun_since(session, token_hash(token), now - FRESH_SIGN_IN)
    if not stored:
        if is_fresh:
            return
        raise SignInRefused("the account has no password", key="error.sign_in_again")
    if not passwords.verify(stored, password):
        log.warning("a wrong current password was given for %s, who is signed in", user.name)
        raise SignInRefused("the current password is wrong", key="error.password_wrong")


def _attempt_limits(user: User) -> dict[str, rate_limits.RateLimit]:
    return {f"password:{user.id}": rate_limits.PASSWORD_CONFIRMATIONS}


def _require_other_operator(session: Session, user: User) -> None:
    """Raise LastOperator if there is no other operator."""
    if store.lock_operators(session) == {user.id}:
        raise LastOperator(user.name)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split())
