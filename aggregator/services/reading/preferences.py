"""How pages look to a reader: loaded and saved."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from aggregator.process.readers.preferences import apply_form
from aggregator.storage.readers import preferences as store
from aggregator.types import Preferences, User


def load(session: Session, reader: User) -> Preferences:
    """The preferences of a reader. Raises NotFound."""
    return store.find_preferences(session, reader.id)


def save(session: Session, reader: User, form: Mapping[str, str]) -> Preferences:
    """Change the preferences in a form; all of them after that. Raises InvalidInput, NotFound."""
    preferences = apply_form(load(session, reader), form)
    store.set_preferences(session, reader.id, preferences)
    return preferences


def adopt_if_unset(session: Session, reader: User, chosen: Preferences) -> Preferences:
    """Adopt what a reader chose as a visitor, unless they have preferences already."""
    stored = load(session, reader)
    if stored != Preferences() or chosen == stored:
        return stored
    store.set_preferences(session, reader.id, chosen)
    return chosen
