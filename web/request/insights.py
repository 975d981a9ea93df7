"""Which period and which stories a request asks for: the same for pages, tables and the API."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.process.periods import STEPS, Period, period_of
from aggregator.process.stories.insights import ROLES, STORY_KINDS
from aggregator.services.reading.insights import StoryScope
from web.request import params
from web.request.changes import parse_day, today


def parse_period(values: Mapping[str, str]) -> Period:
    """Read `by` (default: day) and `day`, which is in the period (today). Raises InvalidInput."""
    step = params.choice(values, "by", STEPS) if values.get("by") else "day"
    return period_of(step, parse_day(values["day"]) if values.get("day") else today())


def parse_scope(values: Mapping[str, str]) -> StoryScope:
    """Read `kind`, or `source` and `role`, beside the period. Raises InvalidInput."""
    scope = StoryScope(parse_period(values), source=params.slug(values))
    if values.get("role"):
        if scope.source is None:
            raise params.invalid_param("role", "only together with source")
        scope = scope._replace(role=params.choice(values, "role", ROLES))
    if values.get("kind"):
        if scope.source is not None:
            raise params.invalid_param("kind", "cannot be combined with source")
        scope = scope._replace(kind=params.choice(values, "kind", STORY_KINDS))
    return scope
