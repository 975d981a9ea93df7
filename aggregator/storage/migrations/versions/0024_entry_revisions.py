"""What entries said before they were changed, and which have left their feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Entries begin without former versions, and feeds without a list of what they had."""
    op.add_column(
        "entries", sa.Column("revision_count", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "entries", sa.Column("change_size", sa.SmallInteger(), nullable=False, server_default="0")
    )
    op.add_column("entries", sa.Column("left_feed_at", UtcTime(), nullable=True))
    left = sa.text("left_feed_at IS NOT NULL")
    op.create_index(
        "ix_entries_left_feed_at",
        "entries",
        ["left_feed_at"],
        sqlite_where=left,
        postgresql_where=left,
    )
    op.add_column("feeds", sa.Column("listed_entries", sa.LargeBinary(), nullable=True))
    op.add_column("feeds", sa.Column("missing_entries", sa.LargeBinary(), nullable=True))
    op.create_table(
        "entry_revisions",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("size", sa.SmallInteger(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("title_changed", sa.Boolean(), nullable=False),
        sa.Column("delta", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
            name=op.f("fk_entry_revisions_entry_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name=op.f("fk_entry_revisions_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", "number", name=op.f("pk_entry_revisions")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_entry_revisions_seen",
        "entry_revisions",
        ["seen_at", "entry_id", "size", "silent", "source_id"],
    )
    op.create_index(
        "ix_entry_revisions_source",
        "entry_revisions",
        ["source_id", "seen_at", "entry_id", "size", "silent"],
    )


def downgrade() -> None:
    op.drop_table("entry_revisions")
    for name in ("missing_entries", "listed_entries"):
        op.drop_column("feeds", name)
    op.drop_index("ix_entries_left_feed_at", "entries")
    for name in ("left_feed_at", "change_size", "revision_count"):
        op.drop_column("entries", name)
