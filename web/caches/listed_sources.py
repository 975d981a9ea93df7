"""All sources with the health of their feeds, looked up twice a minute, not for each page."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.services.operate import feed_health
from aggregator.services.reading import entries
from aggregator.types import SourceOverview
from web.request.auth import now
from web.request.database import read_session
from web.state import app_state


@dataclass(frozen=True, eq=False, slots=True)
class ListedSources:
    """Sources at one moment; compared by identity, as a key of the rendered list."""

    sources: tuple[SourceOverview, ...]


def listed_sources() -> ListedSources:
    """The sources, up to half a minute old; not cached before there is one."""
    cache = app_state().caches.listed_sources
    listed = cache.get(None)
    if listed is None:
        session = read_session()
        found = feed_health.with_entry_rates(session, entries.list_sources(session), now())
        listed = ListedSources(found)
        if found:
            cache.put(None, listed)
    return listed
