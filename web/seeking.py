"""Who searches in a request, and in which order what is found is to stand."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from aggregator.services.searching import Seeker
from aggregator.types import SearchOrder
from web import params
from web.database import settings
from web.sessions import current_user, now


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
