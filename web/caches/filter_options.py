"""What lists can be narrowed to, as pages offer it: looked up twice a minute, not for each page."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.services.reading import entries
from aggregator.types import FilterOptions
from web.request.database import read_session
from web.state import app_state


@dataclass(frozen=True, eq=False, slots=True)
class CachedFilterOptions:
    """Options at one moment; compared by identity, as a key of the rendered filter bar."""

    options: FilterOptions


def known_languages() -> tuple[str, ...]:
    """The languages of entries as last looked up, without asking the database; () if never."""
    cached = app_state().caches.filter_options.peek(None)
    return cached.options.languages if cached else ()


def cached_filter_options() -> CachedFilterOptions:
    """The options, up to half a minute old; not cached before there is a source."""
    cache = app_state().caches.filter_options
    cached = cache.get(None)
    if cached is None:
        cached = CachedFilterOptions(entries.filter_options(read_session()))
        if cached.options.sources:
            cache.put(None, cached)
    return cached
