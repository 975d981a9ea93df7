"""What the front page opens with: the ranking is found out twice a minute, not for each page."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import current_app, request

from aggregator.services.reading import front_page
from aggregator.types import EntryPage, EntrySummary
from web.request.auth import current_user, now
from web.request.database import reading as read_session
from web.request.list_context import ListContext, is_narrowed

LIFE_S = 30.0


@dataclass(frozen=True, slots=True)
class _Ranked:
    stories: tuple[int, ...]
    until: float
    """By the monotonic clock."""


def opening_of(page: EntryPage, context: ListContext) -> EntrySummary | None:
    """The most told story, above the first page of all stories; None elsewhere."""
    first = not (context.name or is_narrowed(context) or "cursor" in request.args)
    if not (first and context.chosen.stories and page.entries):
        return None
    return front_page.opening(
        read_session(), current_user(), context.chosen, page, _ranked().stories
    )


def _ranked() -> _Ranked:
    known = current_app.extensions.get("marsad_front_page")
    if isinstance(known, _Ranked) and time.monotonic() < known.until:
        return known
    stories = front_page.most_told(read_session(), now())
    fresh = _Ranked(stories, time.monotonic() + (LIFE_S if stories else 0.0))
    current_app.extensions["marsad_front_page"] = fresh
    return fresh
