"""Dispatches of agencies, who printed them, and daily sums."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_TOLD = ["entry_id", "agency", "reprint_of"]
_DISPATCHES = ["id", "agency", "day", "own"]
_PRINTS = ["entry_id", "dispatch_id", "credited", "by_agency"]
# Reprints of reprints that are looked for.
_LONGEST_CHAIN = 3
_NO_ROWID = {"sqlite_with_rowid": False}


def upgrade() -> None:
    """Entries that name an agency, and their reprints, become dispatches and prints.

    Whether an agency itself published one shows only in new entries.
    """
    op.create_table(
        "dispatches",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["entries.id"], name=op.f("fk_dispatches_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
    )
    op.create_table(
        "dispatch_prints",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("credited", sa.Boolean(), nullable=False),
        sa.Column("by_agency", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
            name=op.f("fk_dispatch_prints_entry_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id"],
            ["dispatches.id"],
            name=op.f("fk_dispatch_prints_dispatch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_dispatch_prints")),
        **_NO_ROWID,
    )
    op.create_table(
        "agency_days",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dispatches", sa.Integer(), nullable=False),
        sa.Column("taken_up", sa.Integer(), nullable=False),
        sa.Column("delays", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "day", name=op.f("pk_agency_days")),
        **_NO_ROWID,
    )
    op.create_table(
        "agency_source_days",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("prints", sa.Integer(), nullable=False),
        sa.Column("uncredited", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "day", "source_id", name=op.f("pk_agency_source_days")),
        **_NO_ROWID,
    )
    _copy_known()
    op.create_index("ix_dispatches_agency_day_id", "dispatches", ["agency", "day", "id"])
    op.create_index("ix_dispatches_day", "dispatches", ["day"])
    op.create_index(
        "ix_dispatch_prints_dispatch_id_entry_id", "dispatch_prints", ["dispatch_id", "entry_id"]
    )


def _copy_known() -> None:
    """First what credits an agency and reprints nothing, then what its reprints leave over."""
    told = sa.table("story_entries", *map(sa.column, _TOLD))
    prints = sa.table("dispatch_prints", *map(sa.column, _PRINTS))
    known = sa.exists(sa.select(prints.c.entry_id).where(prints.c.entry_id == told.c.entry_id))
    named, new = told.c.agency != "", ~known.correlate(told)
    for condition in (told.c.reprint_of.is_(None), sa.true()):
        _add_dispatches(told, named & new & condition)
        for _ in range(_LONGEST_CHAIN):
            again = sa.select(told.c.entry_id, prints.c.dispatch_id, named, sa.false()).join_from(
                told, prints, prints.c.entry_id == told.c.reprint_of
            )
            op.execute(prints.insert().from_select(_PRINTS, again.where(new)))


def _add_dispatches(told: sa.TableClause, condition: sa.ColumnElement[bool]) -> None:
    """Make dispatches, and prints of themselves, of the entries that meet `condition`."""
    entries = sa.table("entries", sa.column("id"), sa.column("published_at"))
    dispatches = sa.table("dispatches", *map(sa.column, _DISPATCHES))
    prints = sa.table("dispatch_prints", *map(sa.column, _PRINTS))
    day = sa.func.date(entries.c.published_at / 1_000_000, "unixepoch")
    if op.get_bind().dialect.name == "postgresql":
        day = sa.func.date(sa.func.timezone("UTC", entries.c.published_at))
    found = sa.select(told.c.entry_id, told.c.agency, day, sa.false()).join_from(
        told, entries, entries.c.id == told.c.entry_id
    )
    op.execute(dispatches.insert().from_select(_DISPATCHES, found.where(condition)))
    themselves = sa.select(dispatches.c.id, dispatches.c.id, sa.true(), sa.false()).where(
        dispatches.c.id.not_in(sa.select(prints.c.entry_id))
    )
    op.execute(prints.insert().from_select(_PRINTS, themselves))


def downgrade() -> None:
    for name in ("agency_source_days", "agency_days", "dispatch_prints", "dispatches"):
        op.drop_table(name)
