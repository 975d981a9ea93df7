"""A followed story keeps the headline that its reader knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Name the stories followed so far by what they are called now."""
    with op.batch_alter_table("story_follows") as batch:
        for name in ("title", "language"):
            batch.add_column(sa.Column(name, sa.String(), server_default="", nullable=False))
    follows, stories, entries = (
        sa.table("story_follows", *map(sa.column, ("story_id", "title", "language"))),
        sa.table("stories", sa.column("id"), sa.column("lead_id")),
        sa.table("entries", *map(sa.column, ("id", "title", "language"))),
    )
    lead = (
        sa.select(stories.c.lead_id)
        .where(stories.c.id == follows.c.story_id)
        .correlate(follows)
        .scalar_subquery()
    )
    named = {
        name: sa.func.coalesce(
            sa.select(entries.c[name])
            .where(entries.c.id == sa.func.coalesce(lead, follows.c.story_id))
            .correlate(follows)
            .scalar_subquery(),
            "",
        )
        for name in ("title", "language")
    }
    op.execute(sa.update(follows).values(named))


def downgrade() -> None:
    """The current headline stands for all."""
    with op.batch_alter_table("story_follows") as batch:
        batch.drop_column("language")
        batch.drop_column("title")
