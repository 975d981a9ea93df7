"""Sources have owners, and owners have parents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Loading the configuration fills them."""
    op.create_table(
        "owners",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name_ar", sa.String(), nullable=False),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=False),
        sa.Column("parents", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_owners")),
    )
    op.add_column("sources", sa.Column("owner", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("sources", "owner")
    op.drop_table("owners")
