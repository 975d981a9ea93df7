"""How a list is read: a filter with everything that had to be looked up to apply it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.storage.listing.beyond import Beyond, load_beyond
from aggregator.storage.listing.filters import (
    MuteFilter,
    SourceScope,
    all_source_ids,
    load_mute_filter,
    resolve_scope,
)
from aggregator.storage.listing.sql import QueryShape, count_above_marks
from aggregator.storage.models import Tag, TopicRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.cursors import Position
from aggregator.storage.sql.dialects import dialect_of
from aggregator.text.tag_key import tag_key
from aggregator.types import EntryFilter

# Parameters of a statement, by name.
Parameters = dict[str, object]

# Maximum unread entries to look up and sort; if there are more, walking the list finds some soon,
# unless they are all old, or in another section or language.
MAX_SORTED_UNREAD = 500


@dataclass(frozen=True, slots=True)
class ListPlan:
    """The statement that finds the keys of a list, its parameters, and what to hide afterwards."""

    shape: QueryShape
    values: Parameters
    scope: SourceScope | None = None
    fold_within: SourceScope | None = None
    """The scope in which duplicates are hidden afterwards; None if the statement does it."""
    mutes: MuteFilter = field(default_factory=MuteFilter)
    stories: bool = False
    """Whether one entry stands for all others of its story."""
    unread_of: int | None = None
    """The reader whose unread entries these are."""
    beyond: Beyond = field(default_factory=Beyond)
    """The topics and stories whose entries are on the list too, …"""
    beyond_shapes: tuple[QueryShape, ...] = ()
    """… how these are read, …"""
    beyond_values: Parameters = field(default_factory=dict)
    """… and the parameters."""


def plan_list(
    session: Session,
    chosen: EntryFilter,
    reader: int | None,
    position: Position | None,
    newer: bool,
) -> ListPlan:
    """Decide how to read a list from `position` on. Raises NotFound, InvalidInput."""
    if chosen.unread and reader is None:
        raise InvalidInput("error.sign_in_needed", "sign in to list unread entries")
    values: Parameters = {"reader": reader} if reader is not None else {}
    shape = QueryShape(
        dialect_of(session),
        "all",
        language=bool(chosen.language),
        section=bool(chosen.section),
        feed=bool(chosen.feed_id),
        unread=chosen.unread,
        newer=newer,
    )
    values |= {"language": chosen.language} if chosen.language else {}
    values |= {"section": chosen.section} if chosen.section else {}
    values |= {"feed": chosen.feed_id} if chosen.feed_id else {}
    if chosen.topic is None and (chosen.tag is not None or chosen.starred):
        return _plan_marked(session, chosen, reader, shape, values)
    mutes = load_mute_filter(session, chosen, reader)
    scope = resolve_scope(session, chosen, reader, mutes)
    if chosen.topic is not None:
        return _plan_topic(session, chosen, scope, mutes, shape, values)
    if scope is None and not chosen.unread:
        return ListPlan(shape._replace(originals_only=not chosen.duplicates), values, mutes=mutes)
    plan = _plan_sources(session, chosen, scope, mutes, shape, values, position)
    if reader is None or not has_beyond(chosen):
        return plan
    return _with_beyond(plan, load_beyond(session, reader), session, chosen, reader)


def has_beyond(chosen: EntryFilter) -> bool:
    """Whether the list has what its reader follows beside sources.

    What is unread is counted by source: topics and stories have counts of their own.
    """
    return chosen.following and not (chosen.unread or chosen.folder or chosen.feed_id)


def _with_beyond(
    plan: ListPlan, beyond: Beyond, session: Session, chosen: EntryFilter, reader: int
) -> ListPlan:
    if not beyond:
        return plan
    allowed = resolve_scope(session, replace(chosen, following=False), reader, plan.mutes)
    shape = plan.shape._replace(
        without=False, originals_only=False, unread=False, narrowed=allowed is not None
    )
    return replace(
        plan,
        beyond=beyond,
        beyond_shapes=(
            *([shape._replace(scan="topics")] if beyond.topics else ()),
            *([shape._replace(scan="stories")] if beyond.stories else ()),
        ),
        beyond_values=plan.values
        | {"topics": beyond.topics, "stories": beyond.stories}
        | ({"sources": allowed.source_ids} if allowed is not None else {}),
    )


def _plan_marked(
    session: Session,
    chosen: EntryFilter,
    reader: int | None,
    shape: QueryShape,
    values: Parameters,
) -> ListPlan:
    """The entries that a reader tagged or starred."""
    if reader is None:
        raise InvalidInput("error.sign_in_needed", "sign in to list tagged or starred entries")
    if chosen.tag is not None:
        values["tag"] = _tag_id(session, reader, chosen.tag)
    scope = resolve_scope(session, chosen, reader)
    if scope is not None:
        values["sources"] = scope.source_ids
    shape = shape._replace(
        scan="marked",
        narrowed=scope is not None,
        folded=not chosen.duplicates,
        tag=chosen.tag is not None,
        starred=chosen.starred,
    )
    return ListPlan(shape, values, scope)


def _plan_topic(
    session: Session,
    chosen: EntryFilter,
    scope: SourceScope | None,
    mutes: MuteFilter,
    shape: QueryShape,
    values: Parameters,
) -> ListPlan:
    """The entries of a topic."""
    if chosen.tag is not None or chosen.starred:
        raise InvalidInput("error.bad_request", "topic: cannot be combined with tag or starred")
    values["topic"] = _topic_id(session, chosen.topic or "", drafts=chosen.drafts)
    if scope is not None:
        values["sources"] = scope.source_ids
    shape = shape._replace(scan="topic", narrowed=scope is not None, folded=not chosen.duplicates)
    return ListPlan(shape, values, scope, mutes=mutes)


def _plan_sources(
    session: Session,
    chosen: EntryFilter,
    scope: SourceScope | None,
    mutes: MuteFilter,
    shape: QueryShape,
    values: Parameters,
    position: Position | None,
) -> ListPlan:
    """The entries of some sources, all or unread."""
    everything = scope is None
    scope = scope or SourceScope(all_source_ids(session))
    fold_within = None if everything or chosen.duplicates else scope
    shape = shape._replace(originals_only=everything and not chosen.duplicates)
    values["sources"] = scope.source_ids
    if chosen.unread and _has_few_unread(session, shape, values, position):
        shape = shape._replace(scan="above", unread=False)
    elif chosen.unread and (everything or scope.without):
        values |= {"without": scope.without or ()}
        shape = shape._replace(windowed=True, without=bool(scope.without))
    elif chosen.unread and (chosen.language or chosen.section) and len(scope.source_ids) > 1:
        # Reading these sources would go through all of them for a language that they hardly use.
        shape = shape._replace(windowed=True, narrowed=True)
    elif len(scope.source_ids) == 1:
        (values["source"],) = scope.source_ids
        shape = shape._replace(scan="source")
    elif scope.without and not chosen.unread:
        values["without"] = scope.without
        shape = shape._replace(without=True)
    else:
        shape = shape._replace(scan="sources")
    return ListPlan(shape, values, scope, fold_within, mutes)


def _has_few_unread(
    session: Session, shape: QueryShape, values: Parameters, position: Position | None
) -> bool:
    """Count from the position on: the walk would never meet the unread entries before it."""
    counted = count_above_marks(
        QueryShape(shape.dialect, "above", newer=shape.newer, after_position=position is not None)
    )
    found = session.execute(
        counted, values | position_parameters(position) | {"limit": MAX_SORTED_UNREAD + 1}
    )
    return bool(found.scalar_one() <= MAX_SORTED_UNREAD)


def position_parameters(position: Position | None) -> Parameters:
    """The parameters of a statement that starts after a position."""
    return {"at": position.published_at, "at_id": position.id} if position else {}


def _tag_id(session: Session, reader: int, name: str) -> int:
    tags = table(Tag).c
    tag_id = session.execute(
        select(tags.id).where(tags.user_id == reader, tags.name_key == tag_key(name))
    ).scalar_one_or_none()
    if tag_id is None:
        raise NotFound("tag", name)
    return int(tag_id)


def _topic_id(session: Session, slug: str, *, drafts: bool) -> int:
    topics = table(TopicRow).c
    named = select(topics.id).where(topics.slug == slug)
    if not drafts:
        named = named.where(topics.state == "published")
    topic_id = session.execute(named).scalar_one_or_none()
    if topic_id is None:
        raise NotFound("topic", slug)
    return int(topic_id)
