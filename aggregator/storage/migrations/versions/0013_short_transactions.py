"""What short transactions of the poller need: a version of stories, the latest entries of a key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The indexes end with the id, so that the latest of many alike entries are read alone."""
    op.add_column(
        "story_frequencies", sa.Column("version", sa.Integer(), server_default="0", nullable=False)
    )
    op.drop_index("ix_entries_url_key", "entries")
    op.create_index("ix_entries_url_key", "entries", ["url_key", "feed_id", "id"])
    op.drop_index("ix_entries_text_key", "entries")
    op.create_index("ix_entries_text_key", "entries", ["text_key", "feed_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_entries_text_key", "entries")
    op.create_index("ix_entries_text_key", "entries", ["text_key"])
    op.drop_index("ix_entries_url_key", "entries")
    op.create_index("ix_entries_url_key", "entries", ["url_key", "feed_id"])
    with op.batch_alter_table("story_frequencies") as batch:
        batch.drop_column("version")
