"""People at sign-in providers, and sign-ins that have begun there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("linked_at", UtcTime(), nullable=False),
        sa.Column("last_used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_identities_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
    )
    op.create_index(
        "ix_identities_issuer_subject", "identities", ["issuer", "subject"], unique=True
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])
    op.create_table(
        "sign_in_flows",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("code_verifier", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sign_in_flows_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_in_flows")),
    )
    op.create_index("ix_sign_in_flows_started_at", "sign_in_flows", ["started_at"])
    op.create_index("ix_sign_in_flows_user_id", "sign_in_flows", ["user_id"])
    op.add_column(
        "user_sessions", sa.Column("id_token", sa.String(), server_default="", nullable=False)
    )


def downgrade() -> None:
    with op.batch_alter_table("user_sessions") as table:
        table.drop_column("id_token")
    op.drop_table("sign_in_flows")
    op.drop_table("identities")
