"""The front page is planned twice a minute, not for each view."""

from __future__ import annotations

from flask import request
from sqlalchemy.exc import OperationalError

from aggregator.process.stories.front_page import FrontPlan
from aggregator.services.reading import front_page
from web.request.auth import now
from web.request.database import READ_BUDGET_S, database, read_session
from web.request.list_context import ListContext, is_filtered
from web.state import app_state


def is_front_page(context: ListContext) -> bool:
    """Whether this is the first page of all stories."""
    return not context.name and _is_first_of_stories(context)


def is_my_front_page(context: ListContext) -> bool:
    """Whether this is the first page of the stories that a reader follows."""
    return context.name == "mine" and _is_first_of_stories(context)


def _is_first_of_stories(context: ListContext) -> bool:
    return context.chosen.stories and not (is_filtered(context) or "cursor" in request.args)


def current_plan() -> FrontPlan:
    """What stands where at present; not cached before there is anything."""
    cache = app_state().caches.front_plan
    plan = cache.get(None)
    if plan is None:
        plan = _plan()
        if plan != FrontPlan():
            cache.put(None, plan)
    return plan


def _plan() -> FrontPlan:
    """A plan by the primary: the editor who has just pinned a story is to see it on top.

    While the primary is down, visitors may read from a replica: by the plan that they had, if any.
    """
    try:
        with database().read(budget_s=READ_BUDGET_S) as session:
            return front_page.plan_front_page(session, app_state().sections, now())
    except OperationalError:
        known = app_state().caches.front_plan.peek(None)
        if known is not None:
            return known
    return front_page.plan_front_page(read_session(), app_state().sections, now())


def forget_plan() -> None:
    """Have the next page of this process show what an editor changed."""
    app_state().caches.front_plan.discard(None)
