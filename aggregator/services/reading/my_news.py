"""My news: what the sources that a reader follows told, in the order of the front page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.process.stories.front_page import FrontPlan
from aggregator.services.reading.front_page import FrontPage, open_front_page
from aggregator.storage.listing.coverage import shown_by
from aggregator.storage.listing.filters import visible_source_ids
from aggregator.types import EntryFilter, User


def open_my_news(
    session: Session, reader: User, chosen: EntryFilter, plan: FrontPlan, now: datetime
) -> FrontPage:
    """The front page with the stories that sources of the reader told, by articles of theirs."""
    planned = [*plan.pinned, *plan.top, *(id_ for _, ids in plan.sections for id_ in ids)]
    sources = visible_source_ids(session, chosen, reader.id)
    shown = shown_by(session, planned, sources)

    def mine(ids: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(shown[id_] for id_ in ids if id_ in shown)

    own = FrontPlan(
        mine(plan.pinned), mine(plan.top), tuple((name, mine(ids)) for name, ids in plan.sections)
    )
    return open_front_page(session, reader, own, now, chosen)
