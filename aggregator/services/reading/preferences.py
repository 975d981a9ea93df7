"""How pages look to a reader: loaded and saved."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from aggregator.process.readers.preferences import apply_form
from aggregator.storage.readers import preferences as store
from aggregator.types import Preferences, User


def load(session: Session, reader: User) -> Preferences:
    """What the reader chose. Raises NotFound."""
    return store.find_preferences(session, reader.id)


def save(session: Session, reader: User, wanted: Mapping[str, str]) -> Preferences:
    """Change some of them; all of them as they are now. Raises InvalidInput, NotFound."""
    preferences = apply_form(load(session, reader), wanted)
    store.set_preferences(session, reader.id, preferences)
    return preferences


def adopt_if_unset(session: Session, reader: User, chosen: Preferences) -> Preferences:
    """Give a reader who never chose anything what they chose before they signed in."""
    stored = load(session, reader)
    if stored != Preferences() or chosen == stored:
        return stored
    store.set_preferences(session, reader.id, chosen)
    return chosen
