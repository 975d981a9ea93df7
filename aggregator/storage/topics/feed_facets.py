"""What a rule can test about the feed of an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.query.matcher import name_key
from aggregator.storage.feeds.owners import owners_of
from aggregator.storage.models import Feed, Source


@dataclass(frozen=True, slots=True)
class FeedFacets:
    """A feed as rules see it."""

    sources: frozenset[str]
    """`name_key`s of slug and names."""
    owners: frozenset[str]
    """Those of its owner and of all above it."""
    country: str
    section: str
    zone: ZoneInfo

    def day_of(self, moment: datetime) -> date:
        """The local date at the source: rules mean days as newspapers date them."""
        return moment.astimezone(self.zone).date()


def load_feed_facets(session: Session) -> dict[int, FeedFacets]:
    """The facets of all feeds, by feed id."""
    rows = session.execute(
        select(
            Feed.id,
            Feed.section,
            Source.slug,
            Source.name_ar,
            Source.name_fr,
            Source.name_en,
            Source.country,
            Source.timezone,
            Source.owner,
        ).join(Source, Source.id == Feed.source_id)
    ).all()
    tree = owners_of(session, {row.owner for row in rows})
    return {
        row.id: FeedFacets(
            frozenset(map(name_key, (row.slug, row.name_ar, row.name_fr, row.name_en))),
            frozenset(map(name_key, tree.names(row.owner))),
            row.country,
            row.section,
            ZoneInfo(row.timezone),
        )
        for row in rows
    }
