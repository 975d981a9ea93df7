"""Entries are looked up by address within a feed without reading all that the feed ever had."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index serves both look-ups: within a feed, and across feeds for duplicates."""
    op.drop_index("ix_entries_url_key", "entries")
    op.create_index("ix_entries_url_key", "entries", ["url_key", "feed_id"])


def downgrade() -> None:
    op.drop_index("ix_entries_url_key", "entries")
    op.create_index("ix_entries_url_key", "entries", ["url_key"])
