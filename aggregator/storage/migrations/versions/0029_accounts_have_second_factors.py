"""Accounts have passkeys, authenticator apps and recovery codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TABLES = ("spent_challenges", "sign_in_steps", "recovery_codes", "totp_secrets", "passkeys")


def upgrade() -> None:
    """Sessions opened before count as opened by a password alone."""
    op.add_column(
        "user_sessions",
        sa.Column("two_factor", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("user_sessions", sa.Column("confirmed_at", UtcTime(), nullable=True))
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        _user_id(),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        _time("created_at"),
        sa.Column("last_used_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
        _of_a_user("passkeys"),
    )
    op.create_table(
        "totp_secrets",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        _time("created_at"),
        sa.Column("confirmed_at", UtcTime(), nullable=True),
        sa.Column("last_step", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_totp_secrets")),
        _of_a_user("totp_secrets"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(), nullable=False),
        _user_id(),
        _time("created_at"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_codes")),
        _of_a_user("recovery_codes"),
    )
    op.create_table(
        "sign_in_steps",
        sa.Column("token_hash", sa.String(), nullable=False),
        _user_id(),
        _time("created_at"),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_steps")),
        _of_a_user("sign_in_steps"),
    )
    op.create_table(
        "spent_challenges",
        sa.Column("challenge_hash", sa.String(), nullable=False),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_spent_challenges")),
    )
    for table in ("passkeys", "recovery_codes", "sign_in_steps"):
        op.create_index(op.f(f"ix_{table}_user_id"), table, ["user_id"])
    op.create_index(op.f("ix_spent_challenges_expires_at"), "spent_challenges", ["expires_at"])


def downgrade() -> None:
    """Passwords alone sign in again."""
    for table in _TABLES:
        op.drop_table(table)
    with op.batch_alter_table("user_sessions") as batch:
        batch.drop_column("confirmed_at")
        batch.drop_column("two_factor")


def _user_id() -> sa.Column[int]:
    return sa.Column("user_id", sa.Integer(), nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, UtcTime(), nullable=False)


def _of_a_user(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id")
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=name, ondelete="CASCADE")
