"""Feeds remember the entries of their last document, so that only changed ones are prepared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Without records, the next document of each feed is compared whole."""
    op.add_column("feeds", sa.Column("entry_digests", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("feeds") as batch:
        batch.drop_column("entry_digests")
