"""Users, their sessions, tokens and invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.types.names import Role, TokenScope

MAX_INVITE_DAYS = 90
MAX_TOKEN_DAYS = 3650
# Maximum app passwords of one user.
MAX_APP_PASSWORDS = 50
# Maximum feeds that a reader may have of their own lists.
MAX_PERSONAL_FEEDS = 100
PersonalListKind = Literal["mine", "starred", "tag", "search"]


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    id: int
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Person:
    """An account as operators see it."""

    user: User
    created_at: datetime
    last_seen_at: datetime | None
    """To the day; None for a user without sessions."""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A signed-in browser of a user. `id` is the hash of its cookie."""

    id: str
    user_agent: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """An API token of a user. `id` is the hash of the token."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    """None for a token that does not expire."""
    last_used_at: datetime | None
    """To the hour; None for a token that was never used."""
    scope: TokenScope = "read"


@dataclass(frozen=True, slots=True)
class AppPassword:
    """A password with which one app syncs. `id` is the hash of the app's token."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    """To the hour; None for a password that was never used."""


@dataclass(frozen=True, slots=True)
class PersonalFeed:
    """A feed of one of a user's own lists. `id` is the hash of the secret in its address."""

    id: str
    kind: PersonalListKind
    subject: str
    """The name of the tag, or the query; "" for the other lists."""
    created_at: datetime
    last_used_at: datetime | None
    """To the hour; None for a feed that was never read."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A person at a sign-in provider, linked to an account; (issuer, subject) is unique."""

    id: int
    issuer: str
    subject: str
    name: str
    """What the provider calls the person, as it was at the last sign-in."""
    linked_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invite:
    """A link with which one person may create an account. `id` is the hash of its token."""

    id: str
    label: str
    role: Role
    created_by: str
    """The name of the operator who made it."""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_by: str | None
    """The name of the account created with it, while it exists."""
