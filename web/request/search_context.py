"""Who searches in a request, and in which order what is found is to stand."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from aggregator.services.search.search import SearchContext
from aggregator.types import SearchOrder
from web.request import params
from web.request.auth import current_user, now
from web.request.database import settings


def current_search_context() -> SearchContext:
    """Who searches in this request."""
    return SearchContext(current_user(), now(), ZoneInfo(settings().timezone))


def parse_order(values: Mapping[str, str]) -> SearchOrder:
    """In which order. Raises InvalidInput."""
    order = values.get("order") or "newest"
    if order == "newest":
        return "newest"
    if order == "relevance":
        return "relevance"
    raise params.invalid_param("order", '"newest" or "relevance"')
