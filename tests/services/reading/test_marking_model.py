"""Marking read and unread does what a model does that keeps a set of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.orm import Session

from aggregator.services.reading import marking, unread
from aggregator.services.reading.unread import UnreadCount
from aggregator.storage.engine import Database
from aggregator.storage.listing import plan, summaries
from aggregator.storage.models import ReadMark, SourceSubscription
from aggregator.storage.readers import read_mark_compaction
from aggregator.storage.readers.read_versions import raise_read_version
from aggregator.storage.readers.unread_counts import unread_counts
from aggregator.types import EntryFilter, MarkResult, UnreadCounts
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

pytestmark = pytest.mark.slow

SLUGS = ("hespress", "medias24", "kapitalis")
COUNTRIES = ("MA", "MA", "TN")
FOLLOWED = ("hespress", "kapitalis")
LISTS = (
    EntryFilter(),
    EntryFilter(following=True),
    EntryFilter(source="hespress"),
    EntryFilter(source="medias24"),
    EntryFilter(source="kapitalis"),
    EntryFilter(country="MA"),
    EntryFilter(language="fr"),
    EntryFilter(following=True, language="ar"),
)


# --- the model -------------------------------------------------------------------------------


@dataclass
class KnownEntry:
    """An entry as the model knows it."""

    id: int
    source: int
    published_at: datetime
    language: str
    first: int


@dataclass
class Model:
    """What was read, as a set of ids; what was kept unread on purpose."""

    entries: dict[int, KnownEntry] = field(default_factory=dict)
    read: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)

    def listed(self, chosen: EntryFilter) -> list[int]:
        """The ids that a list shows, in order."""
        scope = self.scope(chosen)
        groups: dict[int, list[int]] = {}
        for each in self.entries.values():
            if SLUGS[each.source] in scope:
                groups.setdefault(each.first, []).append(each.id)
        if chosen.source or chosen.country or chosen.following:
            shown = [first if first in ids else min(ids) for first, ids in groups.items()]
        else:
            shown = list(groups)
        return sorted(
            (
                id_
                for id_ in shown
                if chosen.language in (None, self.entries[id_].language)
                if not (chosen.unread and id_ in self.read)
            ),
            key=self.place,
            reverse=True,
        )

    def place(self, id_: int) -> tuple[datetime, int]:
        return self.entries[id_].published_at, id_

    def scope(self, chosen: EntryFilter) -> set[str]:
        return {
            slug
            for slug, country in zip(SLUGS, COUNTRIES, strict=True)
            if chosen.source in (None, slug)
            if chosen.country in (None, country)
            if not chosen.following or slug in FOLLOWED
        }

    def mark(self, ids: Iterable[int], read: bool) -> None:
        groups = {self.entries[id_].first for id_ in ids if id_ in self.entries}
        members = {each.id for each in self.entries.values() if each.first in groups}
        if read:
            self.read |= members
            self.kept -= members
        else:
            self.read -= members
            self.kept |= members

    def mark_list(
        self, chosen: EntryFilter, up_to: int, above: int | None, days: int | None
    ) -> int:
        cutoff = NOW - timedelta(days=days) if days is not None else None
        shown = [
            id_
            for id_ in self.listed(replace(chosen, unread=True))
            if id_ <= up_to
            if above is None or self.place(id_) >= self.place(above)
            if cutoff is None or self.entries[id_].published_at < cutoff
        ]
        if above is None and not chosen.language:  # all that arrived until then, shown or not
            later = [e.id for e in self.entries.values() if cutoff and e.published_at >= cutoff]
            mark = min(up_to, min(later) - 1) if later else up_to
            scope = self.scope(chosen)
            for each in self.entries.values():
                if SLUGS[each.source] in scope and each.id <= mark:
                    self.read.add(each.id)
                    self.kept.discard(each.id)
        self.mark(shown, True)
        return len(shown)

    def age(self, up_to: int) -> None:
        self.read |= {id_ for id_ in self.entries if id_ <= up_to and id_ not in self.kept}


# --- the same in the database ----------------------------------------------------------------


class Newsroom:
    """Three sources, of which Amina follows two, beside the model of what she read."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.amina = make_user(session)
        self.sources = [
            make_source(session, slug, country=country)
            for slug, country in zip(SLUGS, COUNTRIES, strict=True)
        ]
        self.feeds = [
            make_feed(session, source, f"https://{slug}.example/feed")
            for slug, source in zip(SLUGS, self.sources, strict=True)
        ]
        for source, slug in zip(self.sources, SLUGS, strict=True):
            row = {"user_id": self.amina.id, "source_id": source}
            session.execute(insert(ReadMark), row | {"up_to": 0})
            if slug in FOLLOWED:
                session.execute(insert(SourceSubscription), row | {"followed_at": NOW})
        self.model = Model()
        self.kept = self.counted()

    def counted(self) -> UnreadCount:
        """A new count of what Amina has not read."""
        version = unread.current_version(self.session, self.amina)
        return unread.count_unread(self.session, self.amina, version)

    @property
    def ids(self) -> list[int]:
        return list(self.model.entries)

    def arrive(self, source: int, hours: int, language: str, copy_of: int | None) -> None:
        first = None
        if copy_of is not None and self.ids:
            first = self.model.entries[self.ids[copy_of % len(self.ids)]].first
        age = hours / 2
        id_ = make_entry(
            self.session, self.feeds[source], age=age, language=language, duplicate_of=first
        )
        at = NOW - timedelta(hours=age)
        self.model.entries[id_] = KnownEntry(id_, source, at, language, first or id_)

    def pick(self, number: int) -> int:
        return self.ids[number % len(self.ids)] if self.ids else 0

    def mark(self, numbers: list[int], read: bool) -> MarkResult:
        ids = [self.pick(number) for number in numbers]
        wanted = {id_ for id_ in ids if id_ and (id_ in self.model.read) != read}
        marked = marking.mark_entries(self.session, self.amina, ids, read, NOW)
        self.model.mark(ids, read)
        if marked.change is not None:
            self.kept = self.kept.after(marked.change) or self.kept
        assert marked.count == len(wanted)
        assert wanted <= set(marked.changed)
        return marked

    def mark_list(
        self, chosen: EntryFilter, up_to: int, above: int | None, days: int | None
    ) -> MarkResult:
        last = self.pick(up_to)
        top = self.pick(above) or None if above is not None else None
        marked = marking.mark_list(
            self.session,
            self.amina,
            chosen,
            NOW,
            up_to=last,
            above=top,
            older_than=timedelta(days=days) if days is not None else None,
        )
        assert marked.count == self.model.mark_list(chosen, last, top, days)
        return marked

    def undone(self, change: Callable[[], MarkResult]) -> None:
        read, kept = set(self.model.read), set(self.model.kept)
        marked = change()
        if marked.undo is not None:
            assert marking.undo(self.session, self.amina, marked.undo, NOW) == marked.count
        else:
            assert marked.count == 0
        self.model.read, self.model.kept = read, kept

    def age(self, up_to: int) -> None:
        last = self.pick(up_to)
        read_mark_compaction.compact_read_marks(self.session, self.amina.id, last)
        raise_read_version(self.session, self.amina.id)
        self.model.age(last)

    def listed(self, chosen: EntryFilter) -> list[int]:
        """The whole list, three at a time."""
        found: list[int] = []
        cursor = None
        while True:
            page = summaries.list_entries(
                self.session, chosen, reader=self.amina.id, cursor=cursor, limit=3
            )
            found += [entry.id for entry in page.entries]
            assert {e.id for e in page.entries if e.read} == self.model.read & {
                e.id for e in page.entries
            }
            cursor = page.next_cursor
            if cursor is None:
                return found

    def check(self, lists: Iterable[EntryFilter] = LISTS) -> None:
        """Lists, read marks and counts are those of the model."""
        for chosen in lists:
            of_it = replace(chosen, unread=True)
            assert self.listed(chosen) == self.model.listed(chosen), chosen
            assert self.listed(of_it) == self.model.listed(of_it), chosen
        counts = unread_counts(self.session, self.amina.id, self.sources)
        assert list(counts.values()) == [
            len(self.model.listed(EntryFilter(source=slug, unread=True))) for slug in SLUGS
        ]
        left = self.counted().counts
        assert left.total == len(self.model.listed(EntryFilter(following=True, unread=True)))
        assert set(left.by_source) == set(FOLLOWED)
        self.check_kept(left)

    def check_kept(self, left: UnreadCounts) -> None:
        """A count that was kept up to date equals a new one."""
        if self.kept.version == unread.current_version(self.session, self.amina):
            updated = unread.update(self.session, self.amina, self.kept)
            assert updated is not None
            assert updated.counts == left
        self.kept = self.counted()


NUMBER = st.integers(0, 40)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("arrive"),
            st.integers(0, 2),
            st.integers(0, 240),
            st.sampled_from(("ar", "fr")),
            st.none() | NUMBER,
        ),
        st.tuples(st.just("mark"), st.lists(NUMBER, max_size=3), st.booleans()),
        st.tuples(
            st.just("mark_list"),
            st.sampled_from(LISTS),
            NUMBER,
            st.none() | NUMBER,
            st.none() | st.integers(0, 4),
        ),
        st.tuples(st.just("age"), NUMBER),
    ),
    min_size=4,
    max_size=16,
)
ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, 240), st.sampled_from(("ar", "fr")), st.none() | NUMBER
    ),
    max_size=10,
)


def follow_through(
    database: Database, arrivals: Iterable[Any], operations: Iterable[Any], undo: Any
) -> None:
    """Do it all in a transaction that leaves no trace."""
    with database.write() as session:
        newsroom = Newsroom(session)
        for arrival in arrivals:
            newsroom.arrive(*arrival)
        for name, *values in operations:
            change = getattr(newsroom, name)
            if name.startswith("mark") and undo():
                newsroom.undone(lambda change=change, values=values: change(*values))
            else:
                change(*values)
            newsroom.check_kept(newsroom.counted().counts)
        newsroom.check()
        session.rollback()


@pytest.mark.parametrize("few", [0, 2000])
def test_as_a_set_of_what_was_read(
    sqlite_database: Database, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the unread are walked to or looked up, everything is as in the model."""
    monkeypatch.setattr(plan, "MAX_SORTED_UNREAD", few)

    @settings(
        max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(ARRIVALS, OPERATIONS, st.data())
    def holds(arrivals: list[Any], operations: list[Any], data: st.DataObject) -> None:
        follow_through(
            sqlite_database, arrivals, operations, lambda: data.draw(st.booleans(), "undo")
        )

    holds()


def test_the_same_on_postgresql(postgresql_database: Database) -> None:
    @settings(
        max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(ARRIVALS, OPERATIONS, st.data())
    def holds(arrivals: list[Any], operations: list[Any], data: st.DataObject) -> None:
        follow_through(
            postgresql_database, arrivals, operations, lambda: data.draw(st.booleans(), "undo")
        )

    holds()
