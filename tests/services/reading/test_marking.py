"""Marking read and unread, against a model that keeps the ids of what was read in a set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound, UndoExpired
from aggregator.services.reading import marking
from aggregator.storage.engine import Database
from aggregator.storage.listing import plan, summaries
from aggregator.storage.models import ReadMark, SourceSubscription
from aggregator.storage.readers import read_mark_compaction, read_state
from aggregator.types import EntryFilter, MarkResult, User
from tests.builders import NOW, make_entry, make_feed, make_source, make_tag, make_user

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
class Told:
    """An entry as the model knows it."""

    id: int
    source: int
    published_at: datetime
    language: str
    first: int


@dataclass
class Model:
    """What was read, as a set of ids; what was kept unread on purpose."""

    entries: dict[int, Told] = field(default_factory=dict)
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
        self.model.entries[id_] = Told(id_, source, at, language, first or id_)

    def pick(self, number: int) -> int:
        return self.ids[number % len(self.ids)] if self.ids else 0

    def mark(self, numbers: list[int], read: bool) -> MarkResult:
        ids = [self.pick(number) for number in numbers]
        wanted = {id_ for id_ in ids if id_ and (id_ in self.model.read) != read}
        marked = marking.mark_entries(self.session, self.amina, ids, read, NOW)
        self.model.mark(ids, read)
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
            unread = replace(chosen, unread=True)
            assert self.listed(chosen) == self.model.listed(chosen), chosen
            assert self.listed(unread) == self.model.listed(unread), chosen
        counts = read_state.unread_counts(self.session, self.amina.id, self.sources)
        assert list(counts.values()) == [
            len(self.model.listed(EntryFilter(source=slug, unread=True))) for slug in SLUGS
        ]
        left = marking.count_unread(self.session, self.amina)
        assert left.total == len(self.model.listed(EntryFilter(following=True, unread=True)))
        assert set(left.by_source) == set(FOLLOWED)


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


# --- single cases ----------------------------------------------------------------------------


@pytest.fixture
def newsroom(database: Database) -> Database:
    """Entries 1 to 6 of Hespress, the newest last, 7 copies 3 at Medias24; Amina follows both."""
    with database.write() as session:
        make_user(session)
        make_user(session, "Brahim", "editor")
        hespress = make_feed(session, make_source(session), "https://h.example/feed")
        medias = make_feed(session, make_source(session, "medias24"), "https://m.example/feed")
        for number in range(6):
            make_entry(session, hespress, f"entry {number}", age=60 - 10 * number)
        make_entry(session, medias, "copy", age=20, duplicate_of=3)
        rows = [{"user_id": 1, "source_id": id_, "followed_at": NOW} for id_ in (1, 2)]
        session.execute(insert(SourceSubscription), rows)
    return database


AMINA = User(1, "Amina", "reader")
BRAHIM = User(2, "Brahim", "editor")
ALL = EntryFilter()


def unread(database: Database, reader: User = AMINA, chosen: EntryFilter = ALL) -> list[int]:
    with database.read() as session:
        page = summaries.list_entries(session, replace(chosen, unread=True), reader=reader.id)
    return [entry.id for entry in page.entries]


def test_one_entry_and_its_copies(newsroom: Database) -> None:
    with newsroom.write() as session:
        marked = marking.mark_entries(session, AMINA, [7, 7, 99, 0, 2**40], True, NOW)
    assert (marked.count, marked.changed) == (1, (3, 7))
    assert unread(newsroom) == [6, 5, 4, 2, 1]
    assert unread(newsroom, chosen=EntryFilter(source="medias24")) == []
    assert len(unread(newsroom, BRAHIM)) == 6


def test_what_is_read_already_changes_nothing(newsroom: Database) -> None:
    with newsroom.write() as session:
        marking.mark_entries(session, AMINA, [2], True, NOW)
        again = marking.mark_entries(session, AMINA, [2], True, NOW)
    assert again == MarkResult(0, None)


def test_at_most_so_many(newsroom: Database) -> None:
    with newsroom.write() as session, pytest.raises(InvalidInput):
        marking.mark_entries(session, AMINA, range(1, 502), True, NOW)


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"up_to": 7}, []),
        ({"up_to": 2**31 - 1}, []),
        ({"up_to": 4}, [6, 5]),
        ({"up_to": 0}, [6, 5, 4, 3, 2, 1]),
        ({"up_to": 7, "above": 4}, [3, 2, 1]),
        ({"up_to": 5, "above": 4}, [6, 3, 2, 1]),
        ({"up_to": 7, "older_than": timedelta(days=1)}, [6, 5]),
        ({"up_to": 7, "older_than": timedelta(days=7)}, [6, 5, 4, 3, 2, 1]),
        ({"up_to": 7, "older_than": timedelta(days=1), "above": 3}, [6, 5, 2, 1]),
    ],
)
def test_a_list(newsroom: Database, values: dict[str, Any], left: list[int]) -> None:
    before = unread(newsroom)
    with newsroom.write() as session:
        marked = marking.mark_list(session, AMINA, ALL, NOW, **values)
    assert unread(newsroom) == left
    assert marked.count == len(before) - len(left)
    assert len(unread(newsroom, BRAHIM)) == 6
    if marked.undo:
        with newsroom.write() as session:
            marking.undo(session, AMINA, marked.undo, NOW)
    assert unread(newsroom) == before


def test_lists_that_are_not_of_whole_sources(newsroom: Database) -> None:
    with newsroom.write() as session:
        make_tag(session, AMINA.id, 2, "ماء")
        make_entry(session, 1, "français", language="fr")
        marking.mark_list(session, AMINA, EntryFilter(tag="ماء"), NOW, up_to=8)
    assert unread(newsroom) == [8, 6, 5, 4, 3, 1]
    with newsroom.write() as session:
        marking.mark_list(session, AMINA, EntryFilter(language="ar"), NOW, up_to=8)
    assert unread(newsroom) == [8]


def test_an_entry_that_arrives_late_with_an_old_date_is_unread(newsroom: Database) -> None:
    with newsroom.write() as session:
        marking.mark_list(session, AMINA, ALL, NOW, up_to=7)
        make_entry(session, 1, "late", age=1000)
    assert unread(newsroom) == [8]


@pytest.mark.parametrize("chosen", [EntryFilter(source="nobody"), EntryFilter(tag="nothing")])
def test_a_list_that_is_not_there(newsroom: Database, chosen: EntryFilter) -> None:
    with newsroom.write() as session, pytest.raises(NotFound):
        marking.mark_list(session, AMINA, chosen, NOW, up_to=7)


def test_above_what_is_not_there(newsroom: Database) -> None:
    with newsroom.write() as session, pytest.raises(NotFound):
        marking.mark_list(session, AMINA, ALL, NOW, up_to=7, above=99)


def test_only_the_last_change_can_be_undone_and_only_for_a_while(newsroom: Database) -> None:
    def mark(*ids: int) -> str:
        with newsroom.write() as session:
            token = marking.mark_entries(session, AMINA, ids, True, NOW).undo
            assert token
            return token

    def undo(token: str, now: datetime = NOW, reader: User = AMINA) -> None:
        with newsroom.write() as session:
            marking.undo(session, reader, token, now)

    first, second = mark(1), mark(2)
    for late in (
        lambda: undo(first),
        lambda: undo(second, NOW + timedelta(hours=2)),
        lambda: undo(second, reader=BRAHIM),
        lambda: undo(""),
    ):
        with pytest.raises(UndoExpired):
            late()
    undo(second)
    assert unread(newsroom) == [6, 5, 4, 3, 2]
    with pytest.raises(UndoExpired):
        undo(second)


def test_undoing_brings_back_what_was_read_and_kept_one_by_one(newsroom: Database) -> None:
    with newsroom.write() as session:
        marking.mark_list(session, AMINA, ALL, NOW, up_to=3)
        marking.mark_entries(session, AMINA, [2], False, NOW)
        marking.mark_entries(session, AMINA, [5], True, NOW)
    assert unread(newsroom) == [6, 4, 2]
    with newsroom.write() as session:
        marked = marking.mark_list(session, AMINA, ALL, NOW, up_to=7)
    assert unread(newsroom) == []
    with newsroom.write() as session:
        assert marked.undo
        assert marking.undo(session, AMINA, marked.undo, NOW) == 3
    assert unread(newsroom) == [6, 4, 2]


def test_opening_leaves_what_can_be_undone(newsroom: Database) -> None:
    with newsroom.write() as session:
        marked = marking.mark_list(session, AMINA, ALL, NOW, up_to=4)
        marking.mark_opened(session, AMINA, 6)
        assert marked.undo
        marking.undo(session, AMINA, marked.undo, NOW)
    assert unread(newsroom) == [5, 4, 3, 2, 1]


def test_what_is_left_by_source_and_in_all(newsroom: Database) -> None:
    with newsroom.read() as session:
        left = marking.count_unread(session, AMINA)
        nothing = marking.count_unread(session, BRAHIM)
    assert left == marking.UnreadCounts({"hespress": 6, "medias24": 1}, 6)
    assert nothing == marking.UnreadCounts({}, 0)


def test_two_browsers_of_one_reader(newsroom: Database) -> None:
    """They mark the same and each other's entries at once: neither fails, nothing is lost."""

    def mark(chosen: EntryFilter, ids: list[int]) -> None:
        for number in range(6):
            with newsroom.write() as session:
                marking.mark_entries(session, AMINA, ids, number % 2 == 0, NOW)
            with newsroom.write() as session:
                marking.mark_list(session, AMINA, chosen, NOW, up_to=7)

    with ThreadPoolExecutor(2) as browsers:
        working = [
            browsers.submit(mark, EntryFilter(following=True), [7, 1, 5]),
            browsers.submit(mark, ALL, [5, 2, 3, 1]),
        ]
        for browser in working:
            browser.result(timeout=60)
    assert unread(newsroom) == []
