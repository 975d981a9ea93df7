"""What lists of topics show of each, in one statement however many there are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from aggregator.storage.models import TopicEntry, TopicRow, TopicSubscription
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.types import TOPIC_COUNT_CAP

_topics, _members, _follows = table(TopicRow), table(TopicEntry), table(TopicSubscription)


class TopicFacts(NamedTuple):
    """Counts stop at `TOPIC_COUNT_CAP`."""

    entry_count: int
    newest_at: datetime | None
    followed: bool
    new_count: int
    """Entries added since the last visit of a reader who follows the topic."""


def topic_facts(
    session: Session, topic_ids: Collection[int], reader: int | None = None
) -> dict[int, TopicFacts]:
    """The facts of topics by id, as `reader` follows them."""
    parameters = {"topics": topic_ids, "reader": reader}
    rows = session.execute(_facts(dialect_of(session)), parameters)
    return {row[0]: TopicFacts(*row[1:]) for row in rows}


@cache
def _facts(dialect: str) -> Select[Any]:
    of_reader = and_(
        _follows.c.topic_id == _topics.c.id,
        _follows.c.user_id == bindparam("reader", type_=_follows.c.user_id.type),
    )
    followed = _follows.c.topic_id.is_not(None)
    newest = (
        select(_members.c.published_at)
        .where(_members.c.topic_id == _topics.c.id)
        .order_by(_members.c.published_at.desc(), _members.c.entry_id.desc())
        .limit(1)
        .correlate(_topics)
        .scalar_subquery()
    )
    unseen = _counted(_members.c.entry_id > _follows.c.seen_up_to)
    return (
        select(_topics.c.id, _counted(), newest, followed, case((followed, unseen), else_=0))
        .select_from(_topics.outerjoin(_follows, of_reader))
        .where(in_list(_topics.c.id, "topics", dialect))
    )


def _counted(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """The number of entries of a topic, up to the cap."""
    some = (
        select(_members.c.entry_id)
        .where(_members.c.topic_id == _topics.c.id, *conditions)
        .limit(TOPIC_COUNT_CAP)
        .correlate(_topics, _follows)
        .subquery()
    )
    return select(func.count()).select_from(some).correlate(_topics, _follows).scalar_subquery()
