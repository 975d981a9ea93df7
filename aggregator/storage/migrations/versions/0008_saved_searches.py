"""Saved searches know what their reader has seen: what arrived since is new in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is stored by now counts as seen."""
    op.add_column(
        "saved_searches", sa.Column("seen_up_to", sa.Integer(), nullable=False, server_default="0")
    )
    op.execute("UPDATE saved_searches SET seen_up_to = (SELECT coalesce(max(id), 0) FROM entries)")


def downgrade() -> None:
    op.drop_column("saved_searches", "seen_up_to")
