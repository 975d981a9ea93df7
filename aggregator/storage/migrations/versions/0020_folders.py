"""Readers sort the sources that they follow into folders."""

from __future__ import annotations

from contextlib import AbstractContextManager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from aggregator.storage.models.base import UtcTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No source is in a folder yet."""
    op.create_table(
        "folders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_folders_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folders")),
        sa.UniqueConstraint("user_id", "name_key", name=op.f("uq_folders_user_id_name_key")),
    )
    with _subscriptions() as batch:
        batch.add_column(sa.Column("folder_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_source_subscriptions_folder_id"),
            "folders",
            ["folder_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.create_index("ix_source_subscriptions_folder_id", "source_subscriptions", ["folder_id"])


def downgrade() -> None:
    op.drop_index("ix_source_subscriptions_folder_id", "source_subscriptions")
    with _subscriptions() as batch:
        batch.drop_constraint("fk_source_subscriptions_folder_id", type_="foreignkey")
        batch.drop_column("folder_id")
    op.drop_table("folders")


def _subscriptions() -> AbstractContextManager[BatchOperations]:
    """SQLite copies the table, and would give the copy row ids."""
    return op.batch_alter_table("source_subscriptions", table_kwargs={"sqlite_with_rowid": False})
