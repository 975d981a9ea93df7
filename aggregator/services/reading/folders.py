"""Folders: a reader sorts the sources that they follow, each into one folder at most."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.storage.listing import filters
from aggregator.storage.readers import folders as store
from aggregator.storage.readers.read_versions import raise_read_version
from aggregator.text.plain import collapse_whitespace, strip_controls, truncate
from aggregator.types import Folder, User
from aggregator.types.limits import MAX_FOLDER_NAME

MAX_FOLDERS = 100


def clean_name(name: str) -> str:
    """A name as it is stored: NFC, trimmed, without control characters. Raises InvalidInput."""
    name = collapse_whitespace(unicodedata.normalize("NFC", strip_controls(name)))
    if not name:
        raise InvalidInput("error.folder_empty", "a folder needs a name", field="name")
    if len(name) > MAX_FOLDER_NAME:
        raise InvalidInput(
            "error.folder_long", f"a folder's name has at most {MAX_FOLDER_NAME} characters",
            field="name",
        )  # fmt: skip
    return name


# --- reading ---------------------------------------------------------------------------------


def list_folders(session: Session, reader: User) -> tuple[Folder, ...]:
    """The reader's folders, in their order."""
    return store.list_folders(session, reader.id)


def folder_of_sources(session: Session, reader: User) -> dict[int, int]:
    """The id of the folder of each followed source that is in one, by the id of the source."""
    return store.folder_of_sources(session, reader.id)


def find_folder(session: Session, reader: User, folder_id: int) -> Folder:
    """A folder of the reader. Raises NotFound."""
    for folder in store.list_folders(session, reader.id):
        if folder.id == folder_id:
            return folder
    raise NotFound("folder", folder_id)


def folder_by_name(session: Session, reader: User, name: str) -> Folder | None:
    """The reader's folder of that name, in upper or lower case; None if there is none."""
    try:
        return store.find_folder(session, reader.id, clean_name(name))
    except InvalidInput:
        return None


# --- sorting ---------------------------------------------------------------------------------


def put_in_folder(
    session: Session, reader: User, source_id: int, name: str | None, now: datetime
) -> Folder | None:
    """Put a followed source into the folder of that name, made if need be; None takes it out.

    Raises NotFound for a source that the reader does not follow, InvalidInput.
    """
    return put_all_in_folder(session, reader, [source_id], name, now)


def put_all_in_folder(
    session: Session, reader: User, source_ids: Collection[int], name: str | None, now: datetime
) -> Folder | None:
    """Put followed sources into one folder, as `put_in_folder` does, or take them out of theirs."""
    raise_read_version(session, reader.id)
    unknown = set(source_ids).difference(filters.followed_sources(session, reader.id))
    if unknown:
        raise NotFound("source", min(unknown))
    folder = None if name is None else ensure_folder(session, reader, name, now)
    store.assign_sources(session, reader.id, source_ids, folder.id if folder else None)
    return folder


def ensure_folder(session: Session, reader: User, name: str, now: datetime) -> Folder:
    """The reader's folder of that name, added below the others if need be. Raises InvalidInput."""
    name = clean_name(name)
    raise_read_version(session, reader.id)  # two forms of one reader wait for each other
    found = store.find_folder(session, reader.id, name)
    if found is not None:
        return found
    if len(store.list_folders(session, reader.id)) >= MAX_FOLDERS:
        raise InvalidInput("error.folder_many", f"a reader has at most {MAX_FOLDERS} folders")
    return store.insert_folder(session, reader.id, name, now)


def places_of(session: Session, reader: User, source_ids: Collection[int]) -> dict[int, int | None]:
    """The folder of each of these sources, None for those in none: what `put_back` restores."""
    assigned = store.folder_of_sources(session, reader.id)
    return {source_id: assigned.get(source_id) for source_id in source_ids}


def put_back(session: Session, reader: User, places: Mapping[int, int | None]) -> None:
    """Undo sorting: put followed sources back where they were, unless that folder is gone."""
    raise_read_version(session, reader.id)
    known = {None, *(folder.id for folder in store.list_folders(session, reader.id))}
    by_folder: dict[int | None, list[int]] = {}
    for source_id, folder_id in places.items():
        by_folder.setdefault(folder_id, []).append(source_id)
    for folder_id, source_ids in by_folder.items():
        if folder_id in known:
            store.assign_sources(session, reader.id, source_ids, folder_id)


def sort_unsorted(
    session: Session, reader: User, names: Mapping[int, str], now: datetime
) -> tuple[Folder, ...]:
    """Put followed sources that are in no folder into folders, by source id; those folders.

    Long names are cut. What needs more than `MAX_FOLDERS` folders stays outside.
    """
    raise_read_version(session, reader.id)
    assigned = store.folder_of_sources(session, reader.id)
    sources: dict[Folder, list[int]] = {}
    for source_id, name in names.items():
        if source_id in assigned:
            continue
        try:
            folder = ensure_folder(session, reader, _shortened(name), now)
        except InvalidInput:
            continue
        sources.setdefault(folder, []).append(source_id)
    for folder, ids in sources.items():
        store.assign_sources(session, reader.id, ids, folder.id)
    return tuple(sorted(sources, key=lambda folder: folder.position))


def _shortened(name: str) -> str:
    return truncate(unicodedata.normalize("NFC", name), MAX_FOLDER_NAME)


# --- the folders themselves ------------------------------------------------------------------


def rename_folder(session: Session, reader: User, folder_id: int, name: str) -> Folder:
    """Rename a folder; as it was before. Raises NotFound, InvalidInput (also for a name in use)."""
    name = clean_name(name)
    raise_read_version(session, reader.id)
    folder = find_folder(session, reader, folder_id)
    other = store.find_folder(session, reader.id, name)
    if other is not None and other.id != folder_id:
        raise InvalidInput("error.folder_taken", "another folder has this name", field="name")
    store.rename_folder(session, reader.id, folder_id, name)
    return folder


def delete_folder(session: Session, reader: User, folder_id: int) -> tuple[Folder, tuple[int, ...]]:
    """Delete a folder, whose sources stay followed; the folder and their ids. Raises NotFound."""
    raise_read_version(session, reader.id)
    folder = find_folder(session, reader, folder_id)
    assigned = store.folder_of_sources(session, reader.id)
    store.delete_folder(session, reader.id, folder_id)
    return folder, tuple(id_ for id_, its in assigned.items() if its == folder_id)


def restore_folder(
    session: Session,
    reader: User,
    name: str,
    position: int,
    source_ids: Collection[int],
    now: datetime,
) -> Folder:
    """Undo `delete_folder`: the folder at its place, with what is still followed of its sources.

    What was sorted into another folder since stays there. Raises InvalidInput.
    """
    folder = ensure_folder(session, reader, name, now)
    free = set(filters.followed_sources(session, reader.id)).difference(
        store.folder_of_sources(session, reader.id)
    )
    store.assign_sources(session, reader.id, free.intersection(source_ids), folder.id)
    others = [each.id for each in store.list_folders(session, reader.id) if each.id != folder.id]
    others.insert(max(position, 0), folder.id)
    store.set_positions(session, reader.id, others)
    return folder


def move_folder(session: Session, reader: User, folder_id: int, by: int) -> Folder:
    """Move a folder by so many places, down or (negative) up, as far as there are any.

    Raises NotFound.
    """
    raise_read_version(session, reader.id)
    folder = find_folder(session, reader, folder_id)
    order = [each.id for each in store.list_folders(session, reader.id)]
    place = order.index(folder_id)
    order.insert(min(max(place + by, 0), len(order) - 1), order.pop(place))
    store.set_positions(session, reader.id, order)
    return folder


def reorder(session: Session, reader: User, folder_ids: Sequence[int]) -> None:
    """Put the reader's folders into this order, followed by those that it leaves out.

    Ids of other folders are ignored.
    """
    raise_read_version(session, reader.id)
    known = [each.id for each in store.list_folders(session, reader.id)]
    chosen = [id_ for id_ in dict.fromkeys(folder_ids) if id_ in known]
    rest = [id_ for id_ in known if id_ not in chosen]
    store.set_positions(session, reader.id, [*chosen, *rest])
