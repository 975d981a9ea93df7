"""Links with which people who forgot their password set another, and where to mail them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "password_links",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_password_links")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_password_links_user_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_password_links_user_id", "password_links", ["user_id"])
    op.add_column("users", sa.Column("email", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.drop_column("email")
    op.drop_table("password_links")
