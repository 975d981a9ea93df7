"""Saved searches: queries that a reader keeps, and what is new in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, PermissionDenied, QueryError
from aggregator.query import is_wordless, parse, print_query
from aggregator.services.search.request import SearchContext
from aggregator.services.search.search import count_new_matches
from aggregator.storage.entries.latest import fetched_at_or_before, latest_entry_id
from aggregator.storage.readers import saved_searches as storage
from aggregator.storage.readers.tags import lock_reader
from aggregator.text.plain import collapse_whitespace, strip_controls, truncate
from aggregator.types import SavedSearch, User
from aggregator.types.limits import MAX_SEARCH_NAME

MAX_SAVED_SEARCHES = 50
# Maximum time between publication and arrival for an entry to count as new.
MAX_ARRIVAL_DELAY = timedelta(days=3)


def list_saved(session: Session, reader: User) -> tuple[SavedSearch, ...]:
    """List the reader's searches, oldest first."""
    return storage.list_saved(session, reader.id)


def save(
    session: Session, reader: User, query: str, name: str, language: str, now: datetime
) -> str:
    """Save `query` and return its name: `name`, or the query itself if that is blank.

    Raises QueryError for a malformed query, InvalidInput for an empty one or one too many.
    """
    tree = parse(query)
    if is_wordless(tree):
        raise InvalidInput("error.search_empty", "a search needs at least one word", field="q")
    lock_reader(session, reader.id)
    if storage.count_saved(session, reader.id) >= MAX_SAVED_SEARCHES:
        raise InvalidInput(
            "error.search_many", f"at most {MAX_SAVED_SEARCHES} searches can be saved"
        )
    printed = print_query(tree, language)
    name = _clean_name(name) or truncate(printed, MAX_SEARCH_NAME)
    storage.save(session, reader.id, name, printed, now)
    return name


def rename(session: Session, reader: User, search_id: int, name: str) -> str:
    """Rename a search and return the cleaned name.

    Raises InvalidInput for a blank name, NotFound unless the search is the reader's.
    """
    name = _clean_name(name)
    if not name:
        raise InvalidInput("error.search_name", "a search needs a name", field="name")
    storage.rename(session, reader.id, search_id, name)
    return name


def remove(session: Session, reader: User, search_id: int) -> None:
    """Delete a search. Raises NotFound unless it is the reader's."""
    storage.remove(session, reader.id, search_id)


def mark_seen(session: Session, reader: User, search_id: int, up_to: int) -> None:
    """Record that the reader has seen the matches up to the entry `up_to`."""
    storage.mark_seen(session, reader.id, search_id, up_to)


def latest_entry(session: Session) -> int:
    """Return the id of the latest entry: what a reader who looks now has seen."""
    return latest_entry_id(session)


def count_new(session: Session, context: SearchContext, search: SavedSearch) -> int:
    """Count the matches that arrived since the reader last looked, up to `SAVED_COUNT_CAP`.

    Leaves out entries that arrived more than `MAX_ARRIVAL_DELAY` after publication.
    """
    if search.seen_up_to >= latest_entry(session):
        return 0
    seen_at = fetched_at_or_before(session, search.seen_up_to) or datetime.min.replace(tzinfo=UTC)
    try:
        tree = parse(search.query)
        return count_new_matches(
            session, context, tree, search.seen_up_to, seen_at - MAX_ARRIVAL_DELAY
        )
    except (QueryError, PermissionDenied):  # saved by a release with another query language
        return 0


def _clean_name(name: str) -> str:
    return truncate(collapse_whitespace(strip_controls(name)), MAX_SEARCH_NAME)
