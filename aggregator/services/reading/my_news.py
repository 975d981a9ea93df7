"""My news: what the sources, topics and stories that a reader follows tell, as the front page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.process.stories.front_page import FrontPlan
from aggregator.services.reading.front_page import FrontPage, open_front_page
from aggregator.storage.listing.beyond import load_beyond, members_among
from aggregator.storage.listing.coverage import shown_by
from aggregator.storage.listing.filters import visible_source_ids
from aggregator.storage.listing.plan import has_beyond
from aggregator.types import EntryFilter, User


def open_my_news(
    session: Session, reader: User, chosen: EntryFilter, plan: FrontPlan, now: datetime
) -> FrontPage:
    """The front page with the stories that sources of the reader told, by articles of theirs.

    Others are on it if the reader follows them, or a topic that they are in.
    """
    planned = [*plan.pinned, *plan.top, *(id_ for _, ids in plan.sections for id_ in ids)]
    sources = visible_source_ids(session, chosen, reader.id)
    shown = shown_by(session, planned, sources)
    if has_beyond(chosen):
        others = set(planned).difference(shown)
        members = members_among(session, others, load_beyond(session, reader.id))
        shown |= {id_: id_ for id_ in members}

    def mine(ids: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(shown[id_] for id_ in ids if id_ in shown)

    own = FrontPlan(
        mine(plan.pinned), mine(plan.top), tuple((name, mine(ids)) for name, ids in plan.sections)
    )
    return open_front_page(session, reader, own, now, chosen)
