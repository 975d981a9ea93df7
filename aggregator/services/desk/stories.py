"""Editors correct stories: split one, merge two."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.storage.listing.stories import find_story
from aggregator.storage.stories import write as store
from aggregator.types import User


def split(
    session: Session, editor: User, story_id: int, entry_ids: Collection[int], now: datetime
) -> int:
    """Move some entries of a story into one of their own; its id. Raises NotFound, InvalidInput."""
    story = find_story(session, story_id, None)
    moving = {entry.id for entry in story.entries} & set(entry_ids)
    if not moving or len(moving) == len(story.entries):
        raise InvalidInput("error.story_split", "choose some of the entries, not all")
    return store.split_story(session, story.id, moving, editor.name, now)


def merge(session: Session, story_id: int, other_id: int) -> int:
    """Merge two stories; the id of the one that stays. Raises NotFound, InvalidInput."""
    ids = {find_story(session, id_, None).id for id_ in (story_id, other_id)}
    if len(ids) == 1:
        raise InvalidInput("error.story_merge", "choose two different stories")
    keeping, going = sorted(ids)
    store.allow_merge(session, keeping, going)
    store.merge_stories(session, keeping, going)
    store.refresh(session, [keeping])
    return keeping
