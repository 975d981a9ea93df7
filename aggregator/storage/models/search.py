"""What searching needs beside the index itself, which each database has in its own form.

`search_index` is no model: a table of FTS5 on SQLite, a table with a `tsvector` on PostgreSQL; see
`storage.search`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base

DOC = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite: then it is the key of the table itself."""


class SearchDoc(Base):
    """An indexed entry under a number that grows with the time of publication.

    So the index, walked from its end, gives the newest first, and a span of time is a span of
    numbers. A list of what was found reads these few bytes instead of the rows of entries.
    """

    __tablename__ = "search_docs"
    __table_args__ = (UniqueConstraint("entry_id"),)

    doc: Mapped[int] = mapped_column(DOC, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"))
    source_id: Mapped[int]
    feed_id: Mapped[int]
    language: Mapped[str]


class SearchState(Base):
    """One row: how far the index has come."""

    __tablename__ = "search_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    """Of the tokenizer that made the index; negative while entries up to `next_id` still have the
    words of that version, and later ones those of the next."""
    next_id: Mapped[int]
    """Entries up to this id are still to be looked at; what arrives later is indexed at once."""
    first_id: Mapped[int]
    """Where that began, to tell how far it is."""
    documents: Mapped[int] = mapped_column(BigInteger)
    tokens: Mapped[int] = mapped_column(BigInteger)
    words_up_to: Mapped[int]
    """The vocabulary knows the words of entries up to this id."""


class SearchWord(Base):
    """A word and in how many entries it was seen: what a misspelt one may have meant."""

    __tablename__ = "search_words"
    __table_args__ = ({"sqlite_with_rowid": False},)

    word: Mapped[str] = mapped_column(primary_key=True)
    entries: Mapped[int]


class SavedSearchRow(Base):
    """A query that a reader keeps."""

    __tablename__ = "saved_searches"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[str]
    saved_at: Mapped[datetime]
    seen_up_to: Mapped[int]
    """The id of the entry that was the last to arrive when the reader last looked."""
