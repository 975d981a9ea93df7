"""New entries of saved searches, as pages show them: searched once a minute, not for each page."""

from __future__ import annotations

from aggregator.services.search import saved
from aggregator.types import FollowedSearch, User
from web.request.database import read_session
from web.request.search_context import current_search_context
from web.state import app_state

# Maximum searches to run for one page; the others follow on the next.
MAX_COUNTED_PER_PAGE = 12

# Search, query and the newest entry that its reader has seen.
SavedSearchKey = tuple[int, str, int]


def searches_with_counts(reader: User) -> tuple[FollowedSearch, ...]:
    """The searches of a reader, each with its number of new entries.

    Beyond the limit of one page it is the last known number, or 0.
    """
    cache = app_state().caches.saved_counts
    left = MAX_COUNTED_PER_PAGE
    followed = []
    for search in saved.list_saved(read_session(), reader):
        key = (search.id, search.query, search.seen_up_to)
        if cache.get(key) is None and left:
            left -= 1
            cache.put(key, saved.count_new(read_session(), current_search_context(), search))
        followed.append(FollowedSearch(search, cache.peek(key) or 0))
    return tuple(followed)
