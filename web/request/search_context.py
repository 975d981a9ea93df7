"""Who searches in a request, and in which order what is found is to stand."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from aggregator.services.search.search import Seeker
from aggregator.types import SearchOrder
from web.request import params
from web.request.auth import current_user, now
from web.request.database import settings


def seeker_here() -> Seeker:
    """Who searches in this request."""
    return Seeker(current_user(), now(), ZoneInfo(settings().timezone))


def order_of(values: Mapping[str, str]) -> SearchOrder:
    """In which order. Raises InvalidInput."""
    order = values.get("order") or "newest"
    if order == "newest":
        return "newest"
    if order == "relevance":
        return "relevance"
    raise params.bad("order", '"newest" or "relevance"')
