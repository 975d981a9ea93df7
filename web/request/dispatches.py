"""How far back figures of agencies go: the same for pages, tables and the API."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.process.stories.dispatches import AGENCY_FIGURES
from aggregator.services.reading.dispatches import PERIODS, DispatchScope
from web.request import params

DEFAULT_PERIOD = 30
# The list of all agencies adds up many more rows.
DEFAULT_PERIOD_OF_ALL = 7


def parse_scope(slug: str, values: Mapping[str, str]) -> DispatchScope:
    """Read `days`, `of` and `source`. Raises InvalidInput."""
    scope = DispatchScope(slug, parse_period(values), source=params.slug(values))
    if values.get("of"):
        scope = scope._replace(figure=params.choice(values, "of", AGENCY_FIGURES))
    if scope.source is not None and not scope.of_prints:
        raise params.invalid_param("source", "only together with of=prints, credited or uncredited")
    return scope


def parse_period(values: Mapping[str, str], default: int = DEFAULT_PERIOD) -> int:
    """Read `days`, today among them. Raises InvalidInput."""
    if values.get("days") is None:
        return default
    return int(params.choice(values, "days", [str(days) for days in PERIODS]))
