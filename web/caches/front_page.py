"""What the front page opens with: the ranking is found out twice a minute, not for each page."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import current_app, request

from aggregator.services.reading import front_page
from aggregator.types import EntryPage, EntrySummary
from web.request.auth import current_user, now
from web.request.database import read_session
from web.request.list_context import ListContext, is_filtered

LIFE_S = 30.0


@dataclass(frozen=True, slots=True)
class _CachedRanking:
    stories: tuple[int, ...]
    until: float
    """By the monotonic clock."""


def front_page_story(page: EntryPage, context: ListContext) -> EntrySummary | None:
    """The most told story, above the first page of all stories; None elsewhere."""
    first = not (context.name or is_filtered(context) or "cursor" in request.args)
    if not (first and context.chosen.stories and page.entries):
        return None
    return front_page.find_top_story(
        read_session(), current_user(), context.chosen, page, _cached_ranking().stories
    )


def _cached_ranking() -> _CachedRanking:
    known = current_app.extensions.get("marsad_front_page")
    if isinstance(known, _CachedRanking) and time.monotonic() < known.until:
        return known
    stories = front_page.rank_stories(read_session(), now())
    fresh = _CachedRanking(stories, time.monotonic() + (LIFE_S if stories else 0.0))
    current_app.extensions["marsad_front_page"] = fresh
    return fresh
