"""API tokens have a scope: only those made for it may change anything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tokens made before only read, as they did."""
    op.add_column(
        "api_tokens", sa.Column("scope", sa.String(), nullable=False, server_default="read")
    )


def downgrade() -> None:
    with op.batch_alter_table("api_tokens") as batch:
        batch.drop_column("scope")
