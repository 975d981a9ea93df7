"""Which of the two indexes a session has; both have the same functions."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from aggregator.storage.search import postgresql, sqlite
from aggregator.storage.sql.dialects import dialect_of


def backend_of(session: Session) -> Any:
    """The module of SQLite's index, or of PostgreSQL's."""
    return sqlite if dialect_of(session) == "sqlite" else postgresql
