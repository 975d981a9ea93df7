"""How far back figures of agencies go: the same for pages, tables and the API."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.services.reading.dispatches import PERIODS
from web.request import params

DEFAULT_PERIOD = 30
# The list of all agencies adds up many more rows.
DEFAULT_PERIOD_OF_ALL = 7


def parse_period(values: Mapping[str, str], default: int = DEFAULT_PERIOD) -> int:
    """Read `days`, today among them. Raises InvalidInput."""
    if values.get("days") is None:
        return default
    return int(params.choice(values, "days", [str(days) for days in PERIODS]))
