"""Owners of sources, brought in line with the configuration and read back."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from aggregator.process.owners import OwnerTree
from aggregator.storage.models import OwnerRow
from aggregator.storage.models.base import table
from aggregator.types import LocalizedName, Owner

_owners = table(OwnerRow)
_rows = select(_owners).order_by(_owners.c.position, _owners.c.slug)
NO_OWNERS = OwnerTree(())


def sync_owners(session: Session, owners: Iterable[Owner]) -> None:
    """Store these owners and no others; writes only what changed."""
    known = {row.slug: row._mapping for row in session.execute(_rows)}
    wanted = {owner.slug: _values(owner, number) for number, owner in enumerate(owners)}
    gone = known.keys() - wanted.keys()
    if gone:
        session.execute(delete(OwnerRow).where(OwnerRow.slug.in_(gone)))
    added = [values for slug, values in wanted.items() if slug not in known]
    if added:
        session.execute(insert(OwnerRow), added)
    for slug, values in wanted.items():
        if slug in known and dict(known[slug]) != values:
            session.execute(update(OwnerRow).where(OwnerRow.slug == slug).values(values))


def load_owners(session: Session) -> OwnerTree:
    """All owners, in one query."""
    return OwnerTree(
        Owner(
            slug=row.slug,
            name=LocalizedName(row.name_ar, row.name_fr, row.name_en),
            kind=row.kind,
            source_url=row.source_url,
            parents=tuple(row.parents),
        )
        for row in session.execute(_rows)
    )


def owners_of(session: Session, slugs: Iterable[str | None]) -> OwnerTree:
    """All owners, unless none of these sources has one: then nothing is read."""
    return load_owners(session) if any(slugs) else NO_OWNERS


def _values(owner: Owner, position: int) -> dict[str, object]:
    return {
        "slug": owner.slug,
        "name_ar": owner.name.ar,
        "name_fr": owner.name.fr,
        "name_en": owner.name.en,
        "kind": owner.kind,
        "source_url": owner.source_url,
        "parents": list(owner.parents),
        "position": position,
    }
