"""How a reader likes pages to look, stored with their account."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, cast, select, update
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.readers.preferences import from_json, to_values
from aggregator.storage.models import UserRow
from aggregator.storage.models.base import table
from aggregator.types import Preferences

# The column as text, for `from_json`: damaged JSON must not break every page for its reader.
PREFERENCES_TEXT: ColumnElement[str] = cast(table(UserRow).c.preferences, String).label(
    "preferences"
)


def find_preferences(session: Session, user_id: int) -> Preferences:
    """What a reader chose, and the defaults for the rest. Raises NotFound."""
    row = session.execute(select(PREFERENCES_TEXT).where(UserRow.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("user", user_id)
    return from_json(row[0])


def set_preferences(session: Session, user_id: int, preferences: Preferences) -> None:
    """Store what differs from the defaults."""
    session.execute(
        update(UserRow).where(UserRow.id == user_id).values(preferences=to_values(preferences))
    )
