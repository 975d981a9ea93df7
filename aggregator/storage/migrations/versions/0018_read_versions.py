"""What a reader has not read is counted once for each state of their marks, not for each page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Readers begin at version 0."""
    op.add_column(
        "users", sa.Column("read_version", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("users", "read_version")
