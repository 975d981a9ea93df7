"""How the entries of a list stand on its page."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask

from aggregator.types import EntryFilter, EntryPage, EntrySummary
from tests.web.samples import ENTRY, HESPRESS
from web.presentation import layout
from web.presentation.layout import Block
from web.request.list_context import ALL_ENTRIES, ListContext

MINE = ListContext(EntryFilter(following=True), "mine")


def entries(sources: str) -> tuple[EntrySummary, ...]:
    """One entry per letter, of the source of that letter."""
    return tuple(
        ENTRY._replace(id=number, source=HESPRESS._replace(id=ord(letter)))
        for number, letter in enumerate(sources, 1)
    )


def ids(blocks: Sequence[Block]) -> list[tuple[list[int], list[int]]]:
    return [([e.id for e in block.shown], [e.id for e in block.folded]) for block in blocks]


@pytest.mark.parametrize(
    ("sources", "blocks"),
    [
        ("abc", [([1, 2, 3], [])]),
        ("aaa", [([1, 2, 3], [])]),
        ("aaaa", [([1, 2], [3, 4])]),
        ("abbbbba", [([1, 2, 3], [4, 5, 6]), ([7], [])]),
        ("aaaabbbb", [([1, 2], [3, 4]), ([5, 6], [7, 8])]),
        ("abababab", [([1, 2, 3, 4, 5, 6, 7, 8], [])]),
    ],
)
def test_long_runs_of_one_source_are_folded(
    sources: str, blocks: list[tuple[list[int], list[int]]]
) -> None:
    assert ids(layout.blocks(entries(sources), folding=True)) == blocks


def test_without_folding_all_are_shown() -> None:
    assert ids(layout.blocks(entries("aaaaa"), folding=False)) == [([1, 2, 3, 4, 5], [])]


@pytest.mark.parametrize(
    ("context", "sources", "folds"),
    [
        (ALL_ENTRIES, "aaaab", True),
        (MINE, "aaaab", True),
        (ALL_ENTRIES, "aaaaa", False),
        (ListContext(EntryFilter(source="hespress"), "source"), "aaaaa", False),
        (ListContext(EntryFilter(source="hespress")), "aaaaa", False),
        (ListContext(EntryFilter(starred=True), "starred"), "aaaab", False),
        (ListContext(EntryFilter(tag="ماء"), "tag:ماء"), "aaaab", False),
    ],
)
def test_only_lists_that_mix_sources_are_folded(
    context: ListContext, sources: str, folds: bool
) -> None:
    assert layout.should_fold(EntryPage(entries(sources), None), context) == folds


def test_only_the_first_unfiltered_page_of_everything_has_a_lead(app: Flask) -> None:
    page = EntryPage((ENTRY,), None)
    with app.test_request_context("/"):
        assert layout.front_page_lead(page, ALL_ENTRIES) == ENTRY
        assert layout.front_page_lead(page, ListContext(EntryFilter(language="ar"))) is None
        assert layout.front_page_lead(page, MINE) is None
        assert layout.front_page_lead(EntryPage((), None), ALL_ENTRIES) is None
    with app.test_request_context("/?cursor=abc"):
        assert layout.front_page_lead(page, ALL_ENTRIES) is None


def test_up_to_where_a_page_had_arrived() -> None:
    late, early = ENTRY._replace(id=9), ENTRY._replace(id=7)
    assert layout.latest_entry_id(EntryPage((early, late), None)) == 9
    assert layout.latest_entry_id(EntryPage((), None)) == 0
