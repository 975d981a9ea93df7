"""Feed health."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feeds", sa.Column("status_since", UtcTime(), nullable=True))
    op.add_column("feeds", sa.Column("advertised", sa.JSON(none_as_null=True), nullable=True))
    op.add_column(
        "feeds", sa.Column("clamped_dates", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("feeds", sa.Column("last_duration_ms", sa.Integer(), nullable=True))
    op.add_column("feeds", sa.Column("recent_delays", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("feeds", sa.Column("median_delay_s", sa.Integer(), nullable=True))
    # Of a feed that is in trouble it is known since when; of the others the next poll notes it.
    op.execute("UPDATE feeds SET status_since = error_since WHERE error_since IS NOT NULL")
    op.create_table(
        "feed_days",
        sa.Column("feed_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("new_entries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_feed_days_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed_id", "day", name=op.f("pk_feed_days")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("feed_days")
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        for name in (
            "median_delay_s",
            "recent_delays",
            "last_duration_ms",
            "clamped_dates",
            "advertised",
            "status_since",
        ):
            batch_op.drop_column(name)
