"""Searches that a reader saves: filters to come back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, PermissionDenied, QueryError
from aggregator.query import EVERYTHING, parse, print_query
from aggregator.services.search.search import SearchContext, count_new_matches
from aggregator.storage.entries.latest import fetched_at_or_before, latest_entry_id
from aggregator.storage.readers import saved_searches as storage
from aggregator.storage.readers.tags import lock_reader
from aggregator.text.plain import collapse_whitespace, strip_controls, truncate
from aggregator.types import SavedSearch, User

MAX_SAVED_SEARCHES = 50
MAX_NAME_LENGTH = 80
MAX_ARRIVAL_DELAY = timedelta(days=3)
"""So much later than it is published an entry may come and still be new."""


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
    if storage.count_saved(session, reader.id) >= MAX_SAVED_SEARCHES:
        raise InvalidInput("error.search_many", f"at most {MAX_SAVED_SEARCHES} searches are kept")
    written = print_query(tree, language)
    name = _clean(name) or truncate(written, MAX_NAME_LENGTH)
    storage.save(session, reader.id, name, written, now)
    return name


def rename(session: Session, reader: User, search_id: int, name: str) -> str:
    """Call a search otherwise; as it is kept. Raises InvalidInput, NotFound for somebody else's."""
    name = _clean(name)
    if not name:
        raise InvalidInput("error.search_name", "a search needs a name", field="name")
    storage.rename(session, reader.id, search_id, name)
    return name


def remove(session: Session, reader: User, search_id: int) -> None:
    """Forget a search. Raises NotFound, also for somebody else's."""
    storage.remove(session, reader.id, search_id)


def mark_seen(session: Session, reader: User, search_id: int, up_to: int) -> None:
    """The reader has looked at what a search finds."""
    storage.mark_seen(session, reader.id, search_id, up_to)


def latest_entry(session: Session) -> int:
    """What a reader who looks now has seen: the id of the entry that arrived last."""
    return latest_entry_id(session)


def count_new(session: Session, seeker: SearchContext, search: SavedSearch) -> int:
    """How much of what a search finds came since its reader looked, up to `SAVED_COUNT_CAP`.

    What is published days before it came is not counted.
    """
    since = fetched_at_or_before(session, search.seen_up_to) or datetime.min.replace(tzinfo=UTC)
    if search.seen_up_to >= latest_entry(session):
        return 0
    try:
        return count_new_matches(
            session, seeker, search.query, search.seen_up_to, since - MAX_ARRIVAL_DELAY
        )
    except (QueryError, PermissionDenied):  # an older program's, which this one cannot read
        return 0


def _clean(name: str) -> str:
    return truncate(collapse_whitespace(strip_controls(name)), MAX_NAME_LENGTH)
