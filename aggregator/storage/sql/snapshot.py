"""What a session for reading has found out already.

A page asks several times what its reader follows and mutes, and names the same sources again and
again. Such a session sees one snapshot, so the answers stay what they are until it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sqlalchemy.orm import Session

SNAPSHOT = "marsad_snapshot"

ValueT = TypeVar("ValueT")


def once(session: Session, key: Hashable, read: Callable[[], ValueT]) -> ValueT:
    """`read()`, only the first time with this key; in a session for writing each time."""
    known = session.info.get(SNAPSHOT)
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    return cast("ValueT", known[key])
