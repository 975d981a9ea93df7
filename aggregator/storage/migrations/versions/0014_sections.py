"""Sections of entries and stories, and stories that editors put on the front page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from aggregator.process.analysis.word_features import analyze_text
from aggregator.process.sections.deciding import section_of_categories, section_of_words
from aggregator.storage.models.base import UtcTime
from aggregator.storage.stories import digests

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The newest entries get a section; older ones no longer reach the front page.
RECENT = 20_000
_CHUNK = 1000
_ADDED = ("entries", "section"), ("story_entries", "section"), ("stories", "sections")


def upgrade() -> None:
    """Digests of stories count sections: they are made again.

    The digests are the program's own: a later migration that changes these tables rebuilds them
    itself, and takes the call out of this one.
    """
    for table, name in _ADDED:
        op.add_column(table, sa.Column(name, sa.String(), server_default="", nullable=False))
    op.create_table(
        "front_pins",
        sa.Column("story_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("pinned_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_front_pins")),
        sqlite_with_rowid=False,
    )
    with Session(op.get_bind()) as session:
        for rows in _recent(session):
            session.execute(
                sa.text("UPDATE entries SET section = :section WHERE id = :id"), _decided(rows)
            )
        session.execute(
            sa.text(
                "UPDATE story_entries SET section = (SELECT section FROM entries"
                " WHERE entries.id = story_entries.entry_id)"
                " WHERE entry_id > (SELECT max(id) FROM entries) - :recent"
            ),
            {"recent": RECENT},
        )
        _rebuild(session)
        session.flush()
    op.create_index(
        "ix_entries_section_newest", "entries", ["section", "published_at", "id", "duplicate_of"]
    )


def downgrade() -> None:
    op.drop_index("ix_entries_section_newest", "entries")
    op.drop_table("front_pins")
    for table, name in _ADDED:
        op.drop_column(table, name)


def _recent(session: Session) -> Iterator[Sequence[Any]]:
    statement = sa.text(
        "SELECT entries.id, title, summary, categories FROM entries"
        " LEFT JOIN entry_contents ON entry_id = entries.id"
        " WHERE entries.id <= :before AND entries.id > :after ORDER BY entries.id"
    ).columns(categories=sa.JSON())
    last = session.execute(sa.text("SELECT max(id) FROM entries")).scalar() or 0
    for before in range(last, max(0, last - RECENT), -_CHUNK):
        rows = session.execute(statement, {"before": before, "after": before - _CHUNK}).all()
        if rows:
            yield rows


def _decided(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [{"id": row.id, "section": _section(row)} for row in rows]


def _section(row: Any) -> str:
    known = section_of_categories(row.categories or (), {})
    if known:
        return known
    head, text = analyze_text(row.title), analyze_text(row.summary)
    return section_of_words(head[:2], text[:2])


def _rebuild(session: Session) -> None:
    following = sa.text(
        "SELECT story_id FROM story_entries WHERE story_id > :after"
        " GROUP BY story_id HAVING count(*) > 1 ORDER BY story_id LIMIT :limit"
    )
    after = 0
    while True:
        found = session.execute(following, {"after": after, "limit": _CHUNK}).scalars().all()
        if not found:
            break
        digests.rebuild(session, found)
        after = found[-1]
