"""Renaming, merging and deleting tags."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.errors import Conflict, NotFound
from aggregator.services.reading.tagging import clean_tag
from aggregator.storage.accounts import personal_feeds
from aggregator.storage.readers import tags as store
from aggregator.text.tag_key import tag_key
from aggregator.types import TagCount, User


def rename(session: Session, reader: User, name: str, new: str, *, merge: bool = False) -> str:
    """Rename a tag; its name as stored. Raises NotFound, InvalidInput, Conflict.

    If the reader has another tag of that name, the two are merged with `merge`. Without it Conflict
    is raised: a merge cannot be undone.
    """
    new = clean_tag(new)
    store.lock_reader(session, reader.id)
    tag = find(session, reader, name)
    other = store.find_count(session, reader.id, new)
    if other is None or tag_key(new) == tag_key(tag.name):
        store.rename_tag(session, reader.id, tag.name, new)
        personal_feeds.rename_tag(session, reader.id, tag.name, new)
        return new
    if not merge:
        raise Conflict("tag", other.name)
    store.merge_tag(session, reader.id, tag.name, other.name)
    personal_feeds.rename_tag(session, reader.id, tag.name, other.name)
    return other.name


def remove(session: Session, reader: User, name: str) -> TagCount:
    """Delete a tag; the tag with its number of entries. Raises NotFound, InvalidInput."""
    store.lock_reader(session, reader.id)
    tag = find(session, reader, name)
    store.delete_tag(session, reader.id, tag.name)
    return tag


def find(session: Session, reader: User, name: str) -> TagCount:
    """A tag of the reader with its number of entries. Raises NotFound, InvalidInput."""
    found = store.find_count(session, reader.id, clean_tag(name))
    if found is None:
        raise NotFound("tag", name)
    return found
