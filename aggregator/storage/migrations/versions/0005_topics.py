"""Topics: rules, what is in them, pins, removals, notes, revisions, subscriptions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "topics",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=True),
        sa.Column("fill_from", sa.Integer(), nullable=True),
        sa.Column("fill_next", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("slug", name=op.f("uq_topics_slug")),
    )
    _of_a_topic_and_an_entry(
        "topic_entries",
        sa.Column("published_at", UtcTime(), nullable=False),
        sa.Column("by_rule", sa.Boolean(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
    )
    op.create_index(
        op.f("ix_topic_entries_topic_id_published_at_entry_id"),
        "topic_entries",
        ["topic_id", "published_at", "entry_id"],
    )
    _of_a_topic_and_an_entry(
        "topic_pins",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("pinned_at", UtcTime(), nullable=False),
    )
    _of_a_topic_and_an_entry(
        "topic_removals",
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("removed_at", UtcTime(), nullable=False),
    )
    _of_a_topic()


def _of_a_topic() -> None:
    op.create_table(
        "topic_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("written_at", UtcTime(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        _key("topic_notes", "topic_id", "topics"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_notes")),
    )
    op.create_index(op.f("ix_topic_notes_topic_id"), "topic_notes", ["topic_id"])
    op.create_table(
        "topic_revisions",
        sa.Column("topic_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("saved_at", UtcTime(), nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        _key("topic_revisions", "topic_id", "topics"),
        sa.PrimaryKeyConstraint("topic_id", "number", name=op.f("pk_topic_revisions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "topic_subscriptions",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("followed_at", UtcTime(), nullable=False),
        sa.Column("seen_up_to", sa.Integer(), nullable=False),
        _key("topic_subscriptions", "user_id", "users"),
        _key("topic_subscriptions", "topic_id", "topics"),
        sa.PrimaryKeyConstraint("user_id", "topic_id", name=op.f("pk_topic_subscriptions")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_topic_subscriptions_topic_id"), "topic_subscriptions", ["topic_id"])


def _of_a_topic_and_an_entry(table: str, *more: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("topic_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        *more,
        _key(table, "topic_id", "topics"),
        _key(table, "entry_id", "entries"),
        sa.PrimaryKeyConstraint("topic_id", "entry_id", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_entry_id"), table, ["entry_id"])


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in (
        "topic_subscriptions",
        "topic_revisions",
        "topic_notes",
        "topic_removals",
        "topic_pins",
        "topic_entries",
        "topics",
    ):
        op.drop_table(table)
