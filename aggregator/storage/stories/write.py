"""Write stories: assign entries, merge and split, refresh what lists show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import (
    Entry,
    ForbiddenMerge,
    StoryEntry,
    StoryFollow,
    StoryRedirect,
    StoryRow,
)
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.upsert import dialect_insert, insert_or_ignore
from aggregator.storage.stories import digests, front_pins

_members = table(StoryEntry)


def current_id(session: Session, story_id: int) -> int:
    """Return the current id of a story, which changes if it is merged."""
    found = session.execute(
        select(StoryRedirect.story_id).where(StoryRedirect.old_id == story_id)
    ).scalar_one_or_none()
    return story_id if found is None else found


def stories_of(session: Session, entry_ids: Collection[int]) -> dict[int, int]:
    """Return the story of each entry; an entry alone is its own story."""
    return {id_: id_ for id_ in entry_ids} | assigned_stories(session, entry_ids)


def assigned_stories(session: Session, entry_ids: Collection[int]) -> dict[int, int]:
    """Return the story of each entry that is or was in one with others."""
    found = session.execute(_stories_of(dialect_of(session)), {"keys": sorted(entry_ids)}).all()
    return dict(map(tuple, found))


def assign_stories(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store the stories of entries, as rows of entry_id, story_id, reprint_of, agency, section.

    `section` is the entry's own, kept from its first assignment. What lists show of a story is
    brought up to date at a cost that does not grow with the story.
    """
    if not rows:
        return
    assigned = {row["entry_id"]: row["story_id"] for row in rows}
    before = assigned_stories(session, assigned)
    founders = set(assigned.values()).difference(assigned)
    insert_or_ignore(session, StoryEntry, _existing(session, founders))
    session.execute(_assigning(dialect_of(session)), [{"folded": False} | row for row in rows])
    left = {before[id_] for id_ in before} | {assigned[id_] for id_ in before}
    joining = {id_: story for id_, story in assigned.items() if story not in left and story != id_}
    digests.add_entries(session, set(joining.values()), joining)
    digests.rebuild(session, left)


def merge_stories(session: Session, story: int, other: int) -> None:
    """Merge `other` into `story`; its id then redirects there."""
    insert_or_ignore(session, StoryEntry, _existing(session, [story, other]))
    session.execute(update(StoryEntry).where(StoryEntry.story_id == other).values(story_id=story))
    session.execute(delete(StoryRow).where(StoryRow.id == other))
    session.execute(
        update(StoryRedirect).where(StoryRedirect.story_id == other).values(story_id=story)
    )
    session.execute(delete(StoryRedirect).where(StoryRedirect.old_id.in_((story, other))))
    session.execute(insert(StoryRedirect), {"old_id": other, "story_id": story})
    _move_forbidden_merges(session, story, other)
    _move_follows(session, story, other)
    front_pins.move_pin(session, other, story)


def split_story(
    session: Session, story: int, entry_ids: Collection[int], editor: str, now: datetime
) -> int:
    """Move some entries of a story into one of their own; return the id of the new story.

    A story has the id of its first entry. If the first entry of all is among them, the others
    move instead: the old id stays with the entry it is named after.
    """
    members = session.execute(
        select(StoryEntry.entry_id).where(StoryEntry.story_id == story)
    ).scalars()
    going = sorted(set(members) & set(entry_ids))
    if story in going:
        staying = session.execute(
            select(StoryEntry.entry_id).where(
                StoryEntry.story_id == story, StoryEntry.entry_id.not_in(going)
            )
        ).scalars()
        going = sorted(staying)
    new = going[0]
    session.execute(update(StoryEntry).where(StoryEntry.entry_id.in_(going)).values(story_id=new))
    session.execute(delete(StoryRedirect).where(StoryRedirect.old_id == new))
    forbid_merge(session, story, new, editor, now)
    refresh(session, [story, new])
    return new


def forbid_merge(session: Session, one: int, other: int, editor: str, now: datetime) -> None:
    """Keep two stories from being merged again."""
    pair = {"one_id": min(one, other), "other_id": max(one, other)}
    insert_or_ignore(session, ForbiddenMerge, [pair | {"editor": editor, "decided_at": now}])


def allow_merge(session: Session, one: int, other: int) -> None:
    """Let the two stories merge again."""
    session.execute(
        delete(ForbiddenMerge).where(
            ForbiddenMerge.one_id == min(one, other), ForbiddenMerge.other_id == max(one, other)
        )
    )


def refresh(session: Session, story_ids: Iterable[int]) -> None:
    """Rebuild what lists show of stories; a story of fewer than two entries has no row."""
    digests.rebuild(session, story_ids)


def _founder(entry_id: int, section: str) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "story_id": entry_id,
        "section": section,
        "reprint_of": None,
        "agency": "",
        "folded": False,
    }


def _existing(session: Session, entry_ids: Collection[int]) -> list[dict[str, Any]]:
    """Rows of entries that are alone in their stories, if they still exist."""
    columns = Entry.id, Entry.section
    there = session.execute(select(*columns).where(Entry.id.in_(entry_ids)).order_by(Entry.id))
    return [_founder(row.id, row.section) for row in there]


def _move_forbidden_merges(session: Session, story: int, other: int) -> None:
    """What must not merge with the story that is gone must not merge with `story`."""
    rows = session.execute(
        select(ForbiddenMerge).where(
            or_(ForbiddenMerge.one_id == other, ForbiddenMerge.other_id == other)
        )
    ).scalars()
    for row in list(rows):
        far = row.other_id if row.one_id == other else row.one_id
        editor, decided_at = row.editor, row.decided_at
        allow_merge(session, other, far)
        if far != story:
            forbid_merge(session, story, far, editor, decided_at)


def _move_follows(session: Session, story: int, other: int) -> None:
    rows = session.execute(select(StoryFollow).where(StoryFollow.story_id == other)).scalars()
    moved = [
        {
            "user_id": row.user_id,
            "story_id": story,
            "followed_at": row.followed_at,
            "seen_up_to": row.seen_up_to,
            "title": row.title,
            "language": row.language,
        }
        for row in rows
    ]
    insert_or_ignore(session, StoryFollow, moved)
    session.execute(delete(StoryFollow).where(StoryFollow.story_id == other))


@cache
def _stories_of(dialect: str) -> Select[Any]:
    columns = _members.c.entry_id, _members.c.story_id
    return select(*columns).where(in_list(_members.c.entry_id, "keys", dialect))


@cache
def _assigning(dialect: str) -> Insert:
    statement = dialect_insert(dialect, _members)
    return statement.on_conflict_do_update(
        index_elements=[_members.c.entry_id],
        set_={name: statement.excluded[name] for name in ("story_id", "reprint_of", "agency")},
    )
