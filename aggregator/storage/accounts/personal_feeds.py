"""Feeds of readers' own lists, by the hashes of their secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import PersonalFeedRow, UserRow
from aggregator.types import PersonalFeed, User

_ROW = PersonalFeedRow
_COLUMNS = (_ROW.token_hash, _ROW.kind, _ROW.subject, _ROW.created_at, _ROW.last_used_at)


@dataclass(frozen=True, slots=True)
class OwnedFeed:
    """A personal feed and its user."""

    feed: PersonalFeed
    user: User


def insert_feed(session: Session, feed: PersonalFeed, user_id: int) -> None:
    """Store a new feed."""
    values = {
        "token_hash": feed.id,
        "user_id": user_id,
        "kind": feed.kind,
        "subject": feed.subject,
        "created_at": feed.created_at,
    }
    session.execute(insert(_ROW), values)


def find_feed(session: Session, token_hash: str) -> OwnedFeed | None:
    """A feed and its user; None if there is none with that hash."""
    row = session.execute(
        select(*_COLUMNS, UserRow.id, UserRow.name, UserRow.role)
        .join(UserRow, UserRow.id == _ROW.user_id)
        .where(_ROW.token_hash == token_hash)
    ).one_or_none()
    return OwnedFeed(PersonalFeed(*row[:5]), User(*row[5:])) if row else None


def list_feeds(session: Session, user_id: int) -> tuple[PersonalFeed, ...]:
    """The feeds of a user, the latest first."""
    rows = session.execute(
        select(*_COLUMNS)
        .where(_ROW.user_id == user_id)
        .order_by(_ROW.created_at.desc(), _ROW.token_hash)
    )
    return tuple(PersonalFeed(*row) for row in rows)


def count_feeds(session: Session, user_id: int) -> int:
    """The number of feeds of a user."""
    counted = select(func.count()).select_from(_ROW).where(_ROW.user_id == user_id)
    return session.execute(counted).scalar_one()


def set_last_use(session: Session, token_hash: str, now: datetime) -> None:
    """Note that a feed was read."""
    session.execute(update(_ROW).where(_ROW.token_hash == token_hash).values(last_used_at=now))


def rename_tag(session: Session, user_id: int, old: str, new: str) -> None:
    """Have the feeds of a user's tag follow its new name."""
    of_tag = _ROW.user_id == user_id, _ROW.kind == "tag", _ROW.subject == old
    session.execute(update(_ROW).where(*of_tag).values(subject=new))


def delete_feed(session: Session, token_hash: str, user_id: int) -> None:
    """Revoke a feed of a user."""
    session.execute(delete(_ROW).where(_ROW.token_hash == token_hash, _ROW.user_id == user_id))


def delete_feeds(session: Session, user_id: int) -> None:
    """Revoke all feeds of a user."""
    session.execute(delete(_ROW).where(_ROW.user_id == user_id))
