"""What a card of a story shows is kept as its entries arrive, by language and by source."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """`stories` follows from `story_entries`: 0014 makes it again, with all that it has now."""
    op.drop_table("stories")
    _create_stories("agency", "latest", "earliest", "joined")
    op.create_table(
        "story_languages",
        *_keys(),
        *(_int(name) for name in ("entry_count", "first_id", "own_count")),
        sa.Column("first_own_id", sa.Integer(), nullable=True),
        *(_int(name) for name in ("fullest_id", "fullest_words", "lead_id")),
        _time("lead_at"),
        _int("shown_id"),
        _time("shown_at"),
        sa.Column("shown_is_copy", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("story_id", "language", name=op.f("pk_story_languages")),
        _of_a_story("story_languages"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_sources",
        *_keys("source_id"),
        _int("entry_count"),
        sa.Column("shown_id", sa.Integer(), nullable=True),
        sa.Column("shown_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("story_id", "source_id", "language", name=op.f("pk_story_sources")),
        _of_a_story("story_sources"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Only the columns of before are kept."""
    op.drop_table("story_sources")
    op.drop_table("story_languages")
    for name in ("agency", "latest", "earliest", "joined"):
        op.drop_column("stories", name)


def _create_stories(*added: str) -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *(_int(name) for name in ("lead_id", "shown_id", "entry_count", "source_count")),
        sa.Column("languages", sa.String(), nullable=False),
        _time("first_at"),
        _time("last_at"),
        *(
            sa.Column(name, sa.String() if name == "agency" else sa.LargeBinary(), nullable=False)
            for name in added
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )


def _keys(*between: str) -> list[sa.Column[Any]]:
    ids = [
        sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)
        for name in ("story_id", *between)
    ]
    return [*ids, sa.Column("language", sa.String(), nullable=False)]


def _of_a_story(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["story_id"], ["stories.id"], name=op.f(f"fk_{name}_story_id"), ondelete="CASCADE"
    )


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, UtcTime(), nullable=False)
