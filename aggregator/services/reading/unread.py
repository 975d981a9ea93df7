"""Counting what a reader has not read, and keeping the counts up to date without recounting.

A count holds for one read version of its reader (`storage.readers.read_versions`) and for the
entries that had arrived. Later arrivals and entries marked one by one are added to it at the price
of a few look-ups; any other change of the read state asks for a new count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.listing import filters
from aggregator.storage.readers.read_versions import read_version
from aggregator.storage.readers.unread_counts import (
    Countable,
    countable,
    countable_arrivals,
    unread_counts,
    unread_total,
)
from aggregator.types import UNREAD_CAP, EntryFilter, ReadChange, UnreadCounts, User

MY_NEWS = EntryFilter(following=True)
# Beyond as many arrivals or marked entries since the count, counting again costs less.
MAX_LATER = 1000


@dataclass(frozen=True, slots=True)
class UnreadCount:
    """The unread entries of a reader at one moment, and what changed since."""

    version: int
    """The read version, with the changes in `pending`."""
    up_to: int
    """The last entry that had arrived."""
    followed: Mapping[int, str]
    """The slugs of followed sources by id."""
    visible: frozenset[int]
    """The followed sources that are not muted."""
    by_source: Mapping[int, int]
    total: int
    pending: tuple[ReadChange, ...] = ()
    """Entries that were marked and are still counted as they were, the earliest change first."""

    @property
    def counts(self) -> UnreadCounts:
        """The counts as pages show them."""
        by_slug = {slug: self.by_source[source_id] for source_id, slug in self.followed.items()}
        return UnreadCounts(by_slug, self.total)

    def after(self, change: ReadChange) -> UnreadCount | None:
        """The same with a change to be counted later; None if it does not follow this version."""
        waiting = sum(len(each.ids) for each in self.pending)
        if change.version != self.version + 1 or waiting + len(change.ids) > MAX_LATER:
            return None
        return replace(self, version=change.version, pending=(*self.pending, change))


def current_version(session: Session, reader: User) -> int:
    """The read version to count for."""
    return read_version(session, reader.id)


def count_unread(session: Session, reader: User, version: int) -> UnreadCount:
    """Count everything that `reader` has not read; `version` was read before, in this session."""
    up_to = latest_entry_id(session)
    followed = filters.followed_sources(session, reader.id)
    visible = filters.visible_source_ids(session, MY_NEWS, reader.id)
    return UnreadCount(
        version,
        up_to,
        followed,
        visible,
        unread_counts(session, reader.id, list(followed), up_to),
        unread_total(session, reader.id, visible, up_to),
    )


def count_list(session: Session, reader: User, chosen: EntryFilter) -> int:
    """The number of unread entries of the sources of a list, at most `UNREAD_CAP`."""
    sources = filters.visible_source_ids(session, chosen, reader.id)
    return unread_total(session, reader.id, sources)


def update(session: Session, reader: User, count: UnreadCount) -> UnreadCount | None:
    """`count` with its pending changes and what has arrived since; None to count again.

    The read version in `session` must be that of `count`.
    """
    for change in count.pending:
        sign = -1 if change.read else 1
        ids = [id_ for id_ in change.ids if id_ <= count.up_to]
        found = countable(session, ids, count.followed, count.visible)
        if sign < 0 and _is_capped(count, found):
            return None
        count = _add(count, found, sign)
    latest = latest_entry_id(session)
    if latest - count.up_to > MAX_LATER:
        return None
    if latest > count.up_to:
        arrived = countable_arrivals(
            session, reader.id, count.up_to, latest, count.followed, count.visible
        )
        count = _add(count, arrived, 1)
    return replace(count, up_to=latest, pending=())


def _is_capped(count: UnreadCount, found: list[Countable]) -> bool:
    """Whether entries would be subtracted from a number of which only the minimum is known."""
    if count.total >= UNREAD_CAP and any(each.in_total for each in found):
        return True
    return any(count.by_source[each.source_id] >= UNREAD_CAP for each in found if each.in_source)


def _add(count: UnreadCount, found: list[Countable], sign: int) -> UnreadCount:
    by_source = dict(count.by_source)
    for each in found:
        by_source[each.source_id] = _capped(by_source[each.source_id] + sign * each.in_source)
    total = _capped(count.total + sign * sum(each.in_total for each in found))
    return replace(count, by_source=by_source, total=total)


def _capped(number: int) -> int:
    return max(0, min(number, UNREAD_CAP))
