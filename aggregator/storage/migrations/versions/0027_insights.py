"""Daily sums of who told stories, and the stories that they count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_NO_ROWID = {"sqlite_with_rowid": False}
_RANKED = sa.text("rank > 0")


def upgrade() -> None:
    """The poller fills the tables from what is stored, the latest day first."""
    op.create_table(
        "insight_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("basis", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        *_integers("shared", "arabic", "french", "state", "abroad"),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_insight_days")),
        **_NO_ROWID,
    )
    op.create_table(
        "insight_source_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        *_integers("told", "first", "reprint"),
        sa.Column("leads", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "source_id", name=op.f("pk_insight_source_days")),
        **_NO_ROWID,
    )
    op.create_table(
        "insight_stories",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("story_id", sa.Integer(), autoincrement=False, nullable=False),
        *_integers("first_entry_id", "source_count"),
        sa.Column("first_source_id", sa.Integer(), nullable=True),
        *_integers("second_source_id", "lead"),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        *_flags("arabic", "french", "state", "abroad"),
        sa.PrimaryKeyConstraint("day", "story_id", name=op.f("pk_insight_stories")),
        **_NO_ROWID,
    )
    op.create_index(
        "ix_insight_stories_ranked",
        "insight_stories",
        ["day"],
        sqlite_where=_RANKED,
        postgresql_where=_RANKED,
    )
    op.create_table(
        "insight_tellings",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("story_id", sa.Integer(), autoincrement=False, nullable=False),
        *_flags("first", "reprint"),
        sa.PrimaryKeyConstraint("source_id", "day", "story_id", name=op.f("pk_insight_tellings")),
        **_NO_ROWID,
    )
    op.create_index("ix_stories_first_at", "stories", ["first_at"])


def _integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def downgrade() -> None:
    op.drop_index("ix_stories_first_at", table_name="stories")
    for name in ("insight_tellings", "insight_stories", "insight_source_days", "insight_days"):
        op.drop_table(name)
