"""Owners follow the configuration, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from aggregator.errors import NotFound
from aggregator.services.operate.load_sources import load_sources
from aggregator.services.reading import owners, stories
from aggregator.storage.engine import Database
from aggregator.storage.feeds import overview
from aggregator.storage.feeds.owners import load_owners
from aggregator.storage.listing import summaries
from aggregator.types import EntryFilter, Owner, OwnerCounts
from tests.builders import NOW, a_source, an_owner, make_entry, make_feed, make_source

HOLDING = an_owner("holding", kind="state")
PAPERS = an_owner("papers", parents=("holding",))
RADIOS = an_owner("radios", kind="public")


def load(database: Database, *known: Owner) -> None:
    sources = [
        a_source("hespress", owner="papers"),
        a_source("alaoula", owner="radios"),
        a_source("goud"),
    ]
    load_sources(database, sources, NOW, known)


def test_owners_are_stored_changed_and_removed(database: Database) -> None:
    load(database, HOLDING, PAPERS, RADIOS)
    with database.read() as session:
        assert tuple(load_owners(session).owners.values()) == (HOLDING, PAPERS, RADIOS)
        refs = overview.source_refs(session).values()
        assert [ref.owner for ref in refs] == ["papers", "radios", None]
    moved = an_owner("papers", kind="party", parents=())
    load(database, RADIOS, moved)
    with database.read() as session:
        assert tuple(load_owners(session).owners.values()) == (RADIOS, moved)


def test_what_did_not_change_is_not_written(database: Database) -> None:
    load(database, HOLDING, PAPERS)
    written: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    load(database, HOLDING, PAPERS)
    event.remove(database.engine, "before_cursor_execute", note)
    assert written == []


def test_an_owner_with_everything_below_it(database: Database) -> None:
    load(database, HOLDING, PAPERS, RADIOS)
    with database.read() as session:
        view = owners.find_owner(session, "holding")
        assert (view.owner, view.parents, view.source_count) == (HOLDING, (), 1)
        (holding,) = view.holdings
        assert (holding.owner, holding.sources[0].slug) == (PAPERS, "hespress")
        assert owners.find_owner(session, "papers").parents == (HOLDING,)
        listed = owners.list_owners(session)
        kinds = {kind: [v.owner.slug for v in found] for kind, found in listed.kinds.items()}
        assert kinds == {"state": ["holding"], "private": ["papers"], "public": ["radios"]}
        assert listed.unknown == 1
        with pytest.raises(NotFound):
            owners.find_owner(session, "gone")


def test_the_owners_behind_some_sources(database: Database) -> None:
    load(database, HOLDING, PAPERS, RADIOS)
    with database.read() as session:
        refs = {ref.slug: ref for ref in overview.source_refs(session).values()}
        found = owners.owners_behind(session, refs.values())
        assert found.counts == OwnerCounts(owners=2, state=1, unknown=1)
        assert found.by_source == {refs["hespress"].id: PAPERS, refs["alaoula"].id: RADIOS}
        assert owners.lineage_of(session, refs["hespress"]) == (PAPERS, HOLDING)
        assert owners.lineage_of(session, refs["goud"]) == ()


def test_an_owner_that_left_the_configuration_is_none(database: Database) -> None:
    load(database, HOLDING)
    with database.read() as session:
        refs = overview.source_refs(session).values()
        assert owners.owners_behind(session, refs).counts == OwnerCounts(0, 0, 3)
        assert owners.list_owners(session).unknown == 3


def test_lists_of_an_owner_have_the_entries_of_all_its_sources(database: Database) -> None:
    load(database, HOLDING, PAPERS, RADIOS)
    with database.write() as session:
        other = make_source(session, "annahar", owner="papers")
        ids = [overview.source_ref(session, slug).id for slug in ("hespress", "alaoula")]
        entries = [
            make_entry(session, make_feed(session, source, f"https://{n}.example"), f"خبر {n}")
            for n, source in enumerate([*ids, other])
        ]
    with database.read() as session:
        for slug, expected in (
            ("holding", {entries[0], entries[2]}),
            ("radios", {entries[1]}),
        ):
            chosen = EntryFilter(owner=slug)
            page = summaries.list_entries(session, chosen)
            assert {entry.id for entry in page.entries} == expected
            told = stories.list_stories(session, None, EntryFilter(owner=slug, stories=True))
            assert {entry.id for entry in told.entries} == expected
        with pytest.raises(NotFound, match="owner"):
            summaries.list_entries(session, EntryFilter(owner="gone"))
        page = summaries.list_entries(session, EntryFilter(owner="radios", source="hespress"))
        assert page.entries == ()
