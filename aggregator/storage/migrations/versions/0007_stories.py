"""Stories: entries of one event, redirects, editors' decisions, follows, what is compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stories",
        _id("id"),
        *(_int(name) for name in ("lead_id", "shown_id", "entry_count", "source_count")),
        sa.Column("languages", sa.String(), nullable=False),
        _time("first_at"),
        _time("last_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    _of_an_entry(
        "story_entries",
        _int("story_id"),
        sa.Column("reprint_of", sa.Integer(), nullable=True),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("folded", sa.Boolean(), nullable=False),
    )
    _index("story_entries", "story_id", "entry_id")
    _keyed("story_redirects", ["old_id"], _int("story_id"))
    _index("story_redirects", "story_id")
    _keyed(
        "story_apart",
        ["one_id", "other_id"],
        sa.Column("editor", sa.String(), nullable=False),
        _time("decided_at"),
    )
    _index("story_apart", "other_id")
    _keyed(
        "story_follows",
        ["user_id", "story_id"],
        _time("followed_at"),
        _int("seen_up_to"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_story_follows_user_id"), ondelete="CASCADE"
        ),
    )
    _index("story_follows", "story_id")
    _of_an_entry(
        "story_told",
        _int("source_id"),
        sa.Column("language", sa.String(), nullable=False),
        _time("at"),
        *(_bytes(n) for n in ("words", "weights", "anchors", "anchor_weights", "sketch")),
        *(sa.Column(n, sa.BigInteger(), nullable=False) for n in ("form", "figures", "score")),
        sa.Column("serial", sa.Boolean(), nullable=False),
        sa.Column("brief", sa.Boolean(), nullable=False),
    )
    _index("story_told", "at")
    op.create_table(
        "story_postings",
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        _bytes("entries"),
        _int("newest"),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_story_postings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_frequencies",
        _id("id"),
        _bytes("counts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_frequencies")),
    )


def _of_an_entry(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        _id("entry_id"),
        *columns,
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f(f"fk_{name}_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f(f"pk_{name}")),
    )


def _keyed(name: str, keys: list[str], *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        *(_id(key) for key in keys),
        *columns,
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _index(name: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{name}_{'_'.join(columns)}"), name, list(columns))


def _id(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, UtcTime(), nullable=False)
