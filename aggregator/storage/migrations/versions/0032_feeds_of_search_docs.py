"""The feed of each document of the search index, to count matches by section.

SQLite's table is built again: a column added to it would have to keep a default, and a document
that was written without its feed would go unnoticed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("search_docs", sa.Column("feed_id", sa.Integer()))
        op.execute(
            "UPDATE search_docs SET feed_id = entries.feed_id FROM entries"
            " WHERE entries.id = search_docs.entry_id"
        )
        op.alter_column("search_docs", "feed_id", nullable=False)
        return
    op.rename_table("search_docs", "former_search_docs")
    op.create_table(
        "search_docs",
        sa.Column("doc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_search_docs_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("doc", name=op.f("pk_search_docs")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_search_docs_entry_id")),
    )
    op.execute(
        "INSERT INTO search_docs (doc, entry_id, source_id, feed_id, language)"
        " SELECT d.doc, d.entry_id, d.source_id, e.feed_id, d.language"
        " FROM former_search_docs d CROSS JOIN entries e ON e.id = d.entry_id ORDER BY d.doc"
    )
    op.drop_table("former_search_docs")


def downgrade() -> None:
    op.drop_column("search_docs", "feed_id")
