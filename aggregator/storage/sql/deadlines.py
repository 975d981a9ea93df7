"""The rules of `process.deadlines` as conditions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_

from aggregator.process.deadlines import CLOCK_TOLERANCE, latest_deadline


def is_past(
    column: SQLColumnExpression[Any], now: datetime, longest: timedelta
) -> ColumnElement[bool]:
    """The deadline has come, or is further away than `longest`; not where it is NULL."""
    return is_outside(column, now, latest_deadline(now, longest))


def is_outside(column: SQLColumnExpression[Any], now: Any, latest: Any) -> ColumnElement[bool]:
    """`is_past` with times or parameters: `latest` is the `latest_deadline`."""
    return or_(column <= now, column > latest)


def is_pending(
    column: SQLColumnExpression[Any], now: datetime, longest: timedelta
) -> ColumnElement[bool]:
    """The opposite of `is_past`; not where it is NULL."""
    return and_(column > now, column <= latest_deadline(now, longest))


def is_in_future(column: SQLColumnExpression[Any], now: datetime) -> ColumnElement[bool]:
    """It cannot have happened yet; not where it is NULL."""
    return column > now + CLOCK_TOLERANCE
