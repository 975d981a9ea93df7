"""The version of a reader's read state, by which caches know that it changed.

Counts of unread entries depend on marks, exceptions, followed and muted sources. Whoever changes
one of these raises the version in the same transaction: a process that has counted for a version
may keep the counts as long as the database has that version.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import UserRow
from aggregator.storage.models.base import table

_users = table(UserRow).c
_version = select(_users.read_version).where(_users.id == bindparam("reader"))
_raise = (
    update(table(UserRow))
    .where(_users.id == bindparam("reader"))
    .values(read_version=_users.read_version + 1)
    .returning(_users.read_version)
)


def read_version(session: Session, user_id: int) -> int:
    """The current version; 0 for an account that is gone."""
    return session.execute(_version, {"reader": user_id}).scalar_one_or_none() or 0


def raise_read_version(session: Session, user_id: int) -> int:
    """Raise the version by one; the new version. Locks the reader until the transaction ends."""
    return session.execute(_raise, {"reader": user_id}).scalar_one_or_none() or 0
