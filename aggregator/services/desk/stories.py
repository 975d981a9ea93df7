"""Editors correct stories: split one, merge two."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.storage.listing.stories import find_story_id
from aggregator.storage.listing.story_members import member_ids
from aggregator.storage.stories import write as store
from aggregator.storage.stories.window import change_version
from aggregator.types import User


def split(
    session: Session, editor: User, story_id: int, entry_ids: Collection[int], now: datetime
) -> int:
    """Move some entries of a story into one of their own; its id. Raises NotFound, InvalidInput."""
    id_ = find_story_id(session, story_id)
    members = member_ids(session, id_)
    moving = set(members) & set(entry_ids)
    if not moving or len(moving) == len(members):
        raise InvalidInput("error.story_split", "choose some of the entries, not all")
    change_version(session)
    return store.split_story(session, id_, moving, editor.name, now)


def merge(session: Session, story_id: int, other_id: int) -> int:
    """Merge two stories; the id of the one that stays. Raises NotFound, InvalidInput."""
    ids = {find_story_id(session, id_) for id_ in (story_id, other_id)}
    if len(ids) == 1:
        raise InvalidInput("error.story_merge", "choose two different stories")
    keeping, going = sorted(ids)
    change_version(session)
    store.allow_merge(session, keeping, going)
    store.merge_stories(session, keeping, going)
    store.refresh(session, [keeping])
    return keeping
