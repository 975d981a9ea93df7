"""Searches that a reader saves: filters to come back to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.query import EVERYTHING, parse, print_query
from aggregator.storage import saved_searches as storage
from aggregator.storage.tags import lock_reader
from aggregator.text.plain import cut, fold_space, strip_controls
from aggregator.types import SavedSearch, User

MOST = 50
LONGEST_NAME = 80


def list_saved(session: Session, reader: User) -> tuple[SavedSearch, ...]:
    """The reader's searches."""
    return storage.list_saved(session, reader.id)


def save(
    session: Session, reader: User, query: str, name: str, language: str, now: datetime
) -> str:
    """Keep `query` under a name, else under itself; the name.

    Raises QueryError for one that cannot be read, InvalidInput for an empty one and one too many.
    """
    tree = parse(query)
    if tree == EVERYTHING:
        raise InvalidInput("error.search_empty", "a search without a word is none", field="q")
    lock_reader(session, reader.id)
    if storage.count_saved(session, reader.id) >= MOST:
        raise InvalidInput("error.search_many", f"at most {MOST} searches are kept")
    written = print_query(tree, language)
    name = cut(fold_space(strip_controls(name)) or written, LONGEST_NAME)
    storage.save(session, reader.id, name, written, now)
    return name


def remove(session: Session, reader: User, search_id: int) -> None:
    """Forget a search. Raises NotFound, also for somebody else's."""
    storage.remove(session, reader.id, search_id)
