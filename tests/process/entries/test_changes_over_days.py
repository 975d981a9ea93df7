"""One row an article, one article a row: over many polls, whatever publishers do to guids."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.process.entries.changes import decide
from aggregator.process.entries.identities import candidate_identities
from aggregator.process.entries.matching import unsettled_entries
from aggregator.process.entries.repeated import drop_repeated
from aggregator.types import KnownEntry, PreparedEntry
from tests.builders import NOW, an_entry, known_entry

DAY = timedelta(days=1)


class Stored:
    """What a feed has stored, compared with each document as polling compares it."""

    def __init__(self) -> None:
        self.rows: dict[int, KnownEntry] = {}
        self.last_id = 0

    def poll(self, *document: PreparedEntry, day: int = 0) -> None:
        entries = drop_repeated(list(document))
        changes = decide(entries, self._known(entries), {}, NOW + day * DAY)
        assert len(changes.new) + len(changes.changed) + changes.same == len(entries)
        for new in changes.new:
            self.last_id += 1
            first_seen = new.entry.published_at or NOW + day * DAY
            row = known_entry(
                new.entry, self.last_id, identity=new.identity, published_at=first_seen
            )
            self.rows[self.last_id] = row
        for change in changes.changed:
            was = self.rows[change.id]
            self.rows[change.id] = known_entry(
                change.entry, was.id, identity=change.identity, published_at=was.published_at
            )
        stored = [row.identity for row in self.rows.values()]
        assert len(set(stored)) == len(stored)

    def _known(self, entries: tuple[PreparedEntry, ...]) -> list[KnownEntry]:
        """As `services.ingest.decide.decide_changes` looks them up."""
        keys = set(candidate_identities(entries))
        named = [row for row in self.rows.values() if row.identity in keys]
        unsure = unsettled_entries(entries, named)
        urls = {e.url_key for e in unsure if e.url_key is not None}
        texts = {e.text_key for e in unsure if e.text_key is not None}
        dates = {e.published_at for e in unsure}
        return [
            row
            for row in self.rows.values()
            if row in named
            or row.url_key in urls
            or row.text_key in texts
            or row.published_at in dates
        ]

    def places(self) -> list[int | None]:
        return sorted((row.url_key or 0) for row in self.rows.values())


def article(
    number: int, guid: str, version: int = 0, *, dated: bool = True, text: str = ""
) -> PreparedEntry:
    """One with an address of its own; a version has a headline of its own."""
    return an_entry(
        f"خبر {number} صيغة {version}",
        f"https://h.example/{number}",
        guid=guid,
        text=text,
        published_at=NOW + 2 * number * DAY if dated else None,
    )


NUMBERS = st.integers(0, 4)
# Per poll: which articles the document has, in which order, each in which version.
POLLS = st.lists(st.dictionaries(NUMBERS, st.integers(0, 3), max_size=4), min_size=1, max_size=6)


@given(POLLS, st.sets(NUMBERS))
@settings(max_examples=150, deadline=None)
def test_a_guid_that_many_articles_have(polls: list[dict[int, int]], with_own: set[int]) -> None:
    stored, seen = Stored(), set()
    for poll in polls:
        document = [
            article(number, f"own {number}" if number in with_own else "g", version)
            for number, version in poll.items()
        ]
        stored.poll(*document)
        seen |= {entry.url_key for entry in document}
        assert stored.places() == sorted(seen)


@given(POLLS)
@settings(max_examples=100, deadline=None)
def test_guids_that_are_new_at_each_poll(polls: list[dict[int, int]]) -> None:
    stored, seen = Stored(), set()
    for turn, poll in enumerate(polls):
        document = [article(number, f"{turn}-{number}") for number in poll]
        stored.poll(*document, day=turn)
        seen |= {entry.url_key for entry in document}
        assert stored.places() == sorted(seen)


@given(st.lists(st.tuples(NUMBERS, st.integers(0, 3)), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_one_guid_for_todays_only_entry_without_a_date(days: list[tuple[int, int]]) -> None:
    """Each article keeps the window to itself for days, then another takes its place and guid."""
    stored, seen = Stored(), set()
    for turn, (number, _) in enumerate(days):
        entry = article(number, "g", dated=False)
        stored.poll(entry, day=3 * turn)
        seen.add(entry.url_key)
        assert stored.places() == sorted(seen)


def test_an_entry_whose_guid_another_one_takes_too_keeps_its_row() -> None:
    stored = Stored()
    stored.poll(article(1, "g"))
    stored.poll(article(1, "g", version=1), article(2, "g"))
    stored.poll(article(2, "g", version=1), article(1, "g", version=2))
    stored.poll(article(2, "g", version=2))
    stored.poll(article(1, "g", version=3))
    assert [row.url_key for row in stored.rows.values()] == [
        article(1, "g").url_key,
        article(2, "g").url_key,
    ]
    assert [row.title_key for row in stored.rows.values()] == [
        article(1, "g", version=3).title_key,
        article(2, "g", version=2).title_key,
    ]


def test_articles_of_one_guid_at_one_address_are_told_apart_by_their_titles() -> None:
    stored = Stored()
    live = [replace(article(n, "g"), url_key=article(1, "g").url_key) for n in (1, 2, 3)]
    stored.poll(*live)
    stored.poll(live[2], live[0])
    stored.poll(live[1])
    assert len(stored.rows) == 3
    assert {row.title_key for row in stored.rows.values()} == {entry.title_key for entry in live}


def test_a_deleted_article_does_not_take_those_with_the_same_guid_along() -> None:
    first, second = article(1, "g"), article(2, "g")
    entries = drop_repeated([first, second])
    gone = candidate_identities(entries[:1])[1:]
    changes = decide(entries, [], dict.fromkeys((first.identity, *gone), NOW))
    assert [new.entry.url for new in changes.new] == [second.url]
