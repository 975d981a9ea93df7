"""Search: the index, what is beside it, saved searches. Older entries are indexed later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.storage.models.base import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_docs",
        sa.Column(
            "doc",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_search_docs_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("doc", name=op.f("pk_search_docs")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_search_docs_entry_id")),
    )
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("version", "next_id")),
        sa.Column("first_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("documents", "tokens")),
        sa.Column("words_up_to", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_state")),
    )
    op.create_table(
        "search_words",
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("saved_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_saved_searches_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
    )
    op.create_index(op.f("ix_saved_searches_user_id"), "saved_searches", ["user_id"])
    _create_index()
    # Version 0 of the tokenizer never was: the first program to run indexes what is there.
    op.execute(
        "INSERT INTO search_state"
        " (id, version, next_id, first_id, documents, tokens, words_up_to)"
        " SELECT 1, 0, coalesce(max(id), 0), coalesce(max(id), 0), 0, 0, 0 FROM entries"
    )


def _create_index() -> None:
    """Its words come ready from `text.tokens`: nothing but spaces separates them."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5"
            " (title, text, title_stems, text_stems, facets, content='', tokenize='ascii')"
        )
        return
    op.execute(
        "CREATE TABLE search_index ("
        " doc bigint PRIMARY KEY REFERENCES search_docs (doc) ON DELETE CASCADE,"
        " length integer NOT NULL, terms tsvector NOT NULL)"
    )
    # Which words are frequent decides how they are looked up: `storage.search.frequencies`.
    op.execute("ALTER TABLE search_index ALTER COLUMN terms SET STATISTICS 300")
    op.execute("CREATE INDEX ix_search_index_terms ON search_index USING gin (terms)")


def downgrade() -> None:
    for table in ("search_index", "saved_searches", "search_words", "search_state", "search_docs"):
        op.drop_table(table)
