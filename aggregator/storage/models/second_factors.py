"""What people sign in with besides a password: passkeys, authenticator apps, recovery codes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base


class PasskeyRow(Base):
    """A passkey (WebAuthn Level 3). Its public key is no secret."""

    __tablename__ = "passkeys"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    credential_id: Mapped[str] = mapped_column(unique=True)
    """As the authenticator made it, in base64url."""
    public_key: Mapped[bytes]
    """In COSE (RFC 9052)."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """32 unsigned bits; stays 0 for passkeys that do not count."""
    name: Mapped[str]
    """In the words of its user."""
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class TotpRow(Base):
    """The authenticator app of a user (RFC 6238); it counts once it is confirmed."""

    __tablename__ = "totp_secrets"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret: Mapped[str]
    """As `services.accounts.secret_box` keeps it."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(server_default="0")
    """Step of the last code that was used: none is used twice."""


class RecoveryCodeRow(Base):
    """A recovery code that has not been used; only its hash is stored."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index(None, "user_id"),)

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]


class SignInStepRow(Base):
    """A sign-in with the right password that waits for its second factor, by the cookie's hash."""

    __tablename__ = "sign_in_steps"
    __table_args__ = (Index(None, "user_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SpentChallengeRow(Base):
    """A WebAuthn challenge that was answered, kept until it expires: no answer works twice."""

    __tablename__ = "spent_challenges"
    __table_args__ = (Index(None, "expires_at"),)

    challenge_hash: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
