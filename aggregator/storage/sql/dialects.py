"""The kind of database that a session talks to."""

from __future__ import annotations

from sqlalchemy.orm import Session


def dialect_of(session: Session) -> str:
    """ "sqlite" or "postgresql"."""
    return session.get_bind().dialect.name
