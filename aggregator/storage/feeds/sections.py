"""The sections that feeds belong to."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aggregator.storage.models import Feed

# Maximum sections to tell apart.
MAX_SECTIONS = 20


def feed_sections(session: Session) -> list[str]:
    """The sections of feeds, those of the most feeds first, at most `MAX_SECTIONS`."""
    statement = (
        select(Feed.section)
        .where(Feed.section != "")
        .group_by(Feed.section)
        .order_by(func.count().desc(), Feed.section)
        .limit(MAX_SECTIONS)
    )
    return list(session.execute(statement).scalars())
