"""The addresses at which configured sources are found."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.storage.models import Feed, Source


def feed_addresses(session: Session) -> tuple[tuple[int, str], ...]:
    """(source id, URL) of every feed that is polled, under each address it has or had."""
    rows = session.execute(
        select(Feed.source_id, Feed.url, Feed.adopted_url, Feed.moved_to)
        .join(Source, Source.id == Feed.source_id)
        .where(Feed.enabled, Source.enabled)
        .order_by(Source.position, Feed.position, Feed.id)
    )
    return tuple((id_, url) for id_, *urls in rows for url in urls if url)


def site_addresses(session: Session) -> tuple[tuple[int, str], ...]:
    """(source id, URL) of the site of each configured source that has one."""
    rows = session.execute(
        select(Source.id, Source.site)
        .where(Source.enabled, Source.site != "")
        .order_by(Source.position, Source.id)
    )
    return tuple((id_, site) for id_, site in rows)


def is_slug_known(session: Session, slug: str) -> bool:
    """Whether a source has this slug, or had it before it left the configuration."""
    statement = select(Source.id).where(Source.slug == slug)
    return session.execute(statement).scalar_one_or_none() is not None
