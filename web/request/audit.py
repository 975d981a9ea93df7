"""Record what the signed-in operator or editor does."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.runtime.log_lines import REQUEST_ID
from aggregator.services.operate import audit
from aggregator.types.audit import Act, ActKind
from web.request.auth import current_user, now


def record(session: Session, kind: ActKind, target: object = "", detail: object = "") -> None:
    """Record an act of the signed-in person, in the transaction that does it."""
    user = current_user()
    assert user is not None
    act = Act(now(), user.name, "web", kind, str(target), str(detail), REQUEST_ID.get())
    audit.record(session, act)
