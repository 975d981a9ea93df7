"""API tokens may expire, and show when they were last used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tokens made before never expire."""
    op.add_column("api_tokens", sa.Column("expires_at", UtcTime(), nullable=True))
    op.add_column("api_tokens", sa.Column("last_used_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("api_tokens", "last_used_at")
    op.drop_column("api_tokens", "expires_at")
