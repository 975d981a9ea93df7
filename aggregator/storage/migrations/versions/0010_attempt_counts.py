"""Attempts are counted in one row per key, which one statement updates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """`sign_in_failures` stays until the next release, for processes of the last one."""
    op.create_table(
        "attempt_counts",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt_counts")),
    )
    op.create_index("ix_attempt_counts_ends_at", "attempt_counts", ["ends_at"])


def downgrade() -> None:
    op.drop_table("attempt_counts")
