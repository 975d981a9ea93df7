"""What the front page opens with: stories are ranked twice a minute, not for each page."""

from __future__ import annotations

from flask import request

from aggregator.services.reading import front_page
from aggregator.types import EntryPage, EntrySummary
from web.request.auth import current_user, now
from web.request.database import read_session
from web.request.list_context import ListContext, is_filtered
from web.state import app_state


def front_page_story(page: EntryPage, context: ListContext) -> EntrySummary | None:
    """The most widely covered story, for the first page of all stories; None elsewhere."""
    is_first = not (context.name or is_filtered(context) or "cursor" in request.args)
    if not (is_first and context.chosen.stories and page.entries):
        return None
    return front_page.find_top_story(
        read_session(), current_user(), context.chosen, page, _top_stories()
    )


def _top_stories() -> tuple[int, ...]:
    """Story ids, the best first; not cached before there is one."""
    cache = app_state().caches.top_stories
    stories = cache.get(None)
    if stories is None:
        stories = front_page.rank_stories(read_session(), now())
        if stories:
            cache.put(None, stories)
    return stories
