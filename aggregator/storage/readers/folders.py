"""The folders into which readers sort the sources that they follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.models import FolderRow, SourceSubscription
from aggregator.storage.models.base import table
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.text.tag_key import tag_key
from aggregator.types import Folder

_FOLDERS, _FOLLOWED = table(FolderRow).c, table(SourceSubscription).c
_of_reader = (
    select(_FOLDERS.id, _FOLDERS.name, _FOLDERS.position)
    .where(_FOLDERS.user_id == bindparam("reader"))
    .order_by(_FOLDERS.position, _FOLDERS.id)
)
_sorted_sources = select(_FOLLOWED.source_id, _FOLLOWED.folder_id).where(
    _FOLLOWED.user_id == bindparam("reader"), _FOLLOWED.folder_id.is_not(None)
)


def list_folders(session: Session, user_id: int) -> tuple[Folder, ...]:
    """A reader's folders, in their order."""
    rows = session.execute(_of_reader, {"reader": user_id}).all()
    return tuple(Folder(*row) for row in rows)


def folder_of_sources(session: Session, user_id: int) -> dict[int, int]:
    """The folder of each followed source that is in one, by the id of the source."""
    rows = session.execute(_sorted_sources, {"reader": user_id}).all()
    return dict(rows)


def find_folder(session: Session, user_id: int, name: str) -> Folder | None:
    """The reader's folder of that name, in upper or lower case."""
    key = tag_key(name)
    return next(
        (each for each in list_folders(session, user_id) if tag_key(each.name) == key), None
    )


def insert_folder(session: Session, user_id: int, name: str, now: datetime) -> Folder:
    """Add a folder below the others; the reader must have none of that name."""
    last = session.execute(
        select(func.max(FolderRow.position)).where(FolderRow.user_id == user_id)
    ).scalar_one()
    values = {"user_id": user_id, "name": name, "name_key": tag_key(name), "created_at": now}
    position = 0 if last is None else last + 1
    added = insert(FolderRow).values(**values, position=position).returning(FolderRow.id)
    return Folder(session.execute(added).scalar_one(), name, position)


def rename_folder(session: Session, user_id: int, folder_id: int, name: str) -> None:
    """Rename a folder. Raises NotFound."""
    mine = FolderRow.user_id == user_id, FolderRow.id == folder_id
    renamed = update(FolderRow).where(*mine).values(name=name, name_key=tag_key(name))
    if not affected_rows(session, renamed):
        raise NotFound("folder", folder_id)


def delete_folder(session: Session, user_id: int, folder_id: int) -> None:
    """Delete a folder; its sources stay followed, in none. Raises NotFound."""
    mine = FolderRow.user_id == user_id, FolderRow.id == folder_id
    if not affected_rows(session, delete(FolderRow).where(*mine)):
        raise NotFound("folder", folder_id)


def set_positions(session: Session, user_id: int, folder_ids: Sequence[int]) -> None:
    """Put the reader's folders into this order; others than theirs are left alone."""
    for position, folder_id in enumerate(folder_ids):
        session.execute(
            update(FolderRow)
            .where(FolderRow.user_id == user_id, FolderRow.id == folder_id)
            .values(position=position)
        )


def assign_sources(
    session: Session, user_id: int, source_ids: Collection[int], folder_id: int | None
) -> int:
    """Move followed sources into a folder, or out of theirs with None; their number."""
    return affected_rows(
        session,
        update(SourceSubscription)
        .where(SourceSubscription.user_id == user_id, SourceSubscription.source_id.in_(source_ids))
        .values(folder_id=folder_id),
    )
