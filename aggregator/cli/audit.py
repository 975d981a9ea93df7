"""Record what is done on the command line."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from aggregator.types.audit import ActKind


def record(session: Session, kind: ActKind, target: object = "", detail: object = "") -> None:
    """Record an act of the system's user, in the transaction that does it."""
    from aggregator.services.operate import audit
    from aggregator.types.audit import Act

    audit.record(session, Act(datetime.now(UTC), _actor(), "cli", kind, str(target), str(detail)))


def _actor() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return f"uid {os.getuid()}"
