"""Who searches in a request, and the order and position that its address gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args
from zoneinfo import ZoneInfo

from aggregator.services.search.cursors import decode_cursor
from aggregator.services.search.request import SearchContext
from aggregator.types import SearchOrder, SearchPosition
from web.request import params
from web.request.auth import current_user, now
from web.request.database import settings


def current_search_context() -> SearchContext:
    """Return the search context of this request."""
    return SearchContext(current_user(), now(), ZoneInfo(settings().timezone))


def parse_order(values: Mapping[str, str]) -> SearchOrder | None:
    """Parse the parameter `order`; None if there is none. Raises InvalidInput."""
    order = values.get("order") or None
    if order is not None and order not in get_args(SearchOrder):
        raise params.invalid_param("order", f"one of {', '.join(get_args(SearchOrder))}")
    return cast("SearchOrder | None", order)


def parse_position(values: Mapping[str, str], order: SearchOrder) -> SearchPosition | None:
    """Parse the parameter `cursor`; None on the first page. Raises InvalidInput."""
    cursor = params.cursor(values)
    return decode_cursor(cursor, order) if cursor else None
