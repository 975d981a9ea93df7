"""Which of the latest entries a killed poller left without a story.

Asked whenever a poller starts, so it names its tables in SQL: mapping them takes longer than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from aggregator.storage.models.base import UtcTime

# Maximum late arrivals to look at; those before are looked at once a day. More than one transaction
# of a poller writes (`transaction_size.MAX_ENTRIES`).
LATEST = 200
# How long an entry is kept for comparison: late arrivals may be days old.
COMPARISON_TTL = timedelta(days=8)

_LEFT_OUT = text(
    "SELECT latest.id FROM"
    " (SELECT id, published_at FROM entries ORDER BY id DESC LIMIT :count) AS latest"
    " WHERE latest.published_at >= :since"
    " AND NOT EXISTS (SELECT 1 FROM story_told WHERE story_told.entry_id = latest.id)"
    " AND NOT EXISTS (SELECT 1 FROM story_entries WHERE story_entries.entry_id = latest.id)"
).bindparams(bindparam("since", type_=UtcTime()))


def latest_left_out(session: Session, now: datetime, count: int = LATEST) -> Sequence[int]:
    """Return the ids of those among the last `count` arrivals that have no story yet."""
    values = {"count": count, "since": now - COMPARISON_TTL}
    return session.execute(_LEFT_OUT, values).scalars().all()
