"""How a reader likes pages to look, kept with their account."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, cast, select, update
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.readers.preferences import from_json, to_values
from aggregator.storage.models import UserRow
from aggregator.types import Preferences

PREFERENCES_TEXT: ColumnElement[str] = cast(UserRow.preferences, String).label("preferences")
"""The column as text, for `from_json`: what is damaged must not cost a reader every page."""


def find_preferences(session: Session, user_id: int) -> Preferences:
    """What that reader chose; the defaults for all else. Raises NotFound."""
    stored = session.execute(select(PREFERENCES_TEXT).where(UserRow.id == user_id)).one_or_none()
    if stored is None:
        raise NotFound("user", user_id)
    return from_json(stored.preferences)


def set_preferences(session: Session, user_id: int, preferences: Preferences) -> None:
    """Keep what differs from the defaults."""
    session.execute(
        update(UserRow).where(UserRow.id == user_id).values(preferences=to_values(preferences))
    )
