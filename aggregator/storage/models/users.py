"""Users, their sessions, passwords, tokens and invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base
from aggregator.types import PersonalListKind, Role, TokenScope


class UserRow(Base):
    """An account. `name_key` is the name as names are compared (case-folded NFKC)."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[Role] = mapped_column(String)
    created_at: Mapped[datetime]
    preferences: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}")
    """As `types.Preferences`, only what differs from its defaults."""
    read_version: Mapped[int] = mapped_column(server_default="0")
    """Raised with all changes that unread counts depend on (`storage.readers.read_versions`)."""
    email: Mapped[str] = mapped_column(server_default="")
    """Where to mail a link for a forgotten password; empty if nowhere."""
    has_answers: Mapped[bool] = mapped_column(server_default=false())
    """Whether requests of this reader have been answered that they have not been told of."""


class UserSession(Base):
    """A signed-in browser; only a hash of its cookie is stored, deleting it signs it out."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index(None, "user_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user_agent: Mapped[str]
    id_token: Mapped[str] = mapped_column(server_default="")
    """Of a sign-in by a provider, which asks for it to sign the person out there, too."""
    two_factor: Mapped[bool] = mapped_column(server_default=false())
    """Whether it was opened with a passkey or a second factor."""
    confirmed_at: Mapped[datetime | None]
    """When the password was last asked again, to change how the account is signed in to."""


class ApiToken(Base):
    """A bearer token of the JSON API; only its hash is stored."""

    __tablename__ = "api_tokens"
    __table_args__ = (Index(None, "user_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    label: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """To the hour."""
    scope: Mapped[TokenScope] = mapped_column(String, server_default="read")


class AttemptCount(Base):
    """The attempts that a rate limit has counted under one key, in a window of time."""

    __tablename__ = "attempt_counts"
    __table_args__ = (Index(None, "ends_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    """Such as "address:…"; names in it are hashed."""
    count: Mapped[int]
    ends_at: Mapped[datetime]


class SignInFailure(Base):
    """Attempts as the release before counted them; its table goes with the next release."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index(None, "key", "failed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    failed_at: Mapped[datetime]


class InviteRow(Base):
    """A link with which one person may create an account; only a hash of its token is stored."""

    __tablename__ = "invites"
    __table_args__ = (Index(None, "created_by"), Index(None, "used_by"))

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    """Whom the invitation is for, in the words of the operator who made it."""
    role: Mapped[Role] = mapped_column(String)
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    used_at: Mapped[datetime | None]


class AppPasswordRow(Base):
    """A password with which one app syncs; only a hash of what is derived from it is stored."""

    __tablename__ = "app_passwords"
    __table_args__ = (Index(None, "user_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    """Of the token that the password is exchanged for (`services.accounts.app_passwords`)."""
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    """Of the app, in the words of its user."""
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """To the hour."""


class PersonalFeedRow(Base):
    """A feed of a reader's own list at a secret address; only the address's hash is stored."""

    __tablename__ = "personal_feeds"
    __table_args__ = (Index(None, "user_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[PersonalListKind] = mapped_column(String)
    subject: Mapped[str]
    """The name of the tag, or the query; "" for the other lists."""
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """To the hour."""


class PasswordLinkRow(Base):
    """A link with which one person may set a new password; only a hash of its token is stored."""

    __tablename__ = "password_links"
    __table_args__ = (Index(None, "user_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class IdentityRow(Base):
    """A person at a sign-in provider (OpenID Connect), linked to an account."""

    __tablename__ = "identities"
    __table_args__ = (Index(None, "issuer", "subject", unique=True), Index(None, "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    issuer: Mapped[str]
    subject: Mapped[str]
    name: Mapped[str]
    """What the provider calls the person, as it was at the last sign-in."""
    linked_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class SignInFlowRow(Base):
    """A sign-in that has begun at this site and goes on at a provider; it is used once."""

    __tablename__ = "sign_in_flows"
    __table_args__ = (Index(None, "started_at"), Index(None, "user_id"))

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    browser_hash: Mapped[str]
    """Of the cookie of the browser in which it began."""
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    target: Mapped[str]
    """The path of the page to return to."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Whose account the identity is to be linked to; None for a sign-in."""
    started_at: Mapped[datetime]
