"""What lists can be narrowed to, as pages offer it: looked up twice a minute, not for each page."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import current_app

from aggregator.services.reading import entries
from aggregator.types import FilterOptions
from web.request.database import read_session

TTL_S = 30.0


@dataclass(frozen=True, eq=False, slots=True)
class CachedFilterOptions:
    """Options as they were at one moment; two of them are never the same."""

    options: FilterOptions
    expires_at: float
    """By the monotonic clock."""


def cached_filter_options() -> CachedFilterOptions:
    """The options, at most half a minute old; while there are none yet, as they are now."""
    known = current_app.extensions.get("marsad_filter_options")
    if isinstance(known, CachedFilterOptions) and time.monotonic() < known.expires_at:
        return known
    options = entries.filter_options(read_session())
    life = TTL_S if options.sources else 0.0
    fresh = CachedFilterOptions(options, time.monotonic() + life)
    current_app.extensions["marsad_filter_options"] = fresh
    return fresh
