"""Readers: subscriptions, read marks, mutes, invites and preferences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_entries_source_arrival", "entries", ["source_id", "id", "published_at", "duplicate_of"]
    )
    op.add_column("users", sa.Column("preferences", sa.JSON(), server_default="{}", nullable=False))
    _of_a_reader_and_a_source(
        "source_subscriptions", sa.Column("followed_at", UtcTime(), nullable=False)
    )
    _of_a_reader_and_a_source("read_marks", sa.Column("up_to", sa.Integer(), nullable=False))
    _of_a_reader_and_a_source("muted_sources", sa.Column("muted_at", UtcTime(), nullable=False))
    op.create_table(
        "read_exceptions",
        _user_id(),
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("read", sa.Boolean(), nullable=False),
        *_user_key("read_exceptions"),
        sa.PrimaryKeyConstraint("user_id", "entry_id", name=op.f("pk_read_exceptions")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_read_exceptions_user_id_source_id_entry_id"),
        "read_exceptions",
        ["user_id", "source_id", "entry_id"],
    )
    op.create_table(
        "read_undos",
        _user_id(),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        *_user_key("read_undos"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_read_undos")),
    )
    op.create_table(
        "muted_words",
        _user_id(),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("muted_at", UtcTime(), nullable=False),
        *_user_key("muted_words"),
        sa.PrimaryKeyConstraint("user_id", "word", name=op.f("pk_muted_words")),
        sqlite_with_rowid=False,
    )
    _create_invites()


def _create_invites() -> None:
    op.create_table(
        "invites",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_by", sa.Integer(), nullable=True),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_invites_created_by"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["used_by"], ["users.id"], name=op.f("fk_invites_used_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invites")),
    )
    for column in ("created_by", "used_by"):
        op.create_index(op.f(f"ix_invites_{column}"), "invites", [column])


def _of_a_reader_and_a_source(table: str, *more: sa.Column[object]) -> None:
    op.create_table(
        table,
        _user_id(),
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        *more,
        *_user_key(table),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f(f"fk_{table}_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "source_id", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_source_id"), table, ["source_id"])


def _user_id() -> sa.Column[int]:
    return sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False)


def _user_key(table: str) -> tuple[sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    for table in (
        "invites",
        "muted_words",
        "read_undos",
        "read_exceptions",
        "muted_sources",
        "read_marks",
        "source_subscriptions",
    ):
        op.drop_table(table)
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("preferences")
    op.drop_index("ix_entries_source_arrival", "entries")
