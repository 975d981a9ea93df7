"""How many rows an INSERT, UPDATE or DELETE touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlalchemy import CursorResult, UpdateBase
from sqlalchemy.orm import Session


def affected_rows(
    session: Session, statement: UpdateBase, parameters: Mapping[str, object] | None = None
) -> int:
    """Execute a statement that writes; the number of rows it matched.

    A claim is an UPDATE under a condition: 0 means that another process got there first.
    """
    # Session.execute is annotated with the base class of what a write really returns.
    result = cast("CursorResult[*tuple[object, ...]]", session.execute(statement, parameters))
    return result.rowcount
