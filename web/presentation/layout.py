"""How the entries of a list stand on its page: what opens it, what is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import request

from aggregator.types import EntryPage, EntrySummary
from web.request.list_context import ListContext, is_filtered

FOLD_THRESHOLD = 4
"""This many entries of one source in a row are folded …"""
SHOWN_WHEN_FOLDED = 2
"""… down to this many."""


@dataclass(frozen=True, slots=True)
class Block:
    """Entries one under the other; then those of the last one's source that are folded away."""

    shown: tuple[EntrySummary, ...]
    folded: tuple[EntrySummary, ...] = ()


def should_fold(page: EntryPage, context: ListContext) -> bool:
    """Whether long runs of one source are folded on a page.

    Only where a list mixes sources: a source's own page is one long run, and so is the list of a
    site with a single source; what a reader tagged or starred was chosen one by one.
    """
    if context.name not in ("", "mine") or context.chosen.source:
        return False
    return len({entry.source.id for entry in page.entries}) > 1


def blocks(entries: Sequence[EntrySummary], folding: bool) -> tuple[Block, ...]:
    """The entries of a day; long runs of one source are cut where `folding` asks for it."""
    if not folding:
        return (Block(tuple(entries)),)
    found: list[Block] = []
    shown: list[EntrySummary] = []
    for _, group in groupby(entries, key=_run_of):
        run = tuple(group)
        if len(run) < FOLD_THRESHOLD:
            shown += run
        else:
            found.append(Block((*shown, *run[:SHOWN_WHEN_FOLDED]), run[SHOWN_WHEN_FOLDED:]))
            shown = []
    return (*found, Block(tuple(shown))) if shown else tuple(found)


def _run_of(entry: EntrySummary) -> tuple[int, int]:
    """What a run has in common: the source; a story of several is a run of its own."""
    return (0, entry.story.id) if entry.story else (entry.source.id, 0)


def front_page_lead(page: EntryPage, context: ListContext) -> EntrySummary | None:
    """The entry that opens the front page: the newest one, on the first unfiltered page only."""
    if context.name or is_filtered(context) or "cursor" in request.args or not page.entries:
        return None
    return page.entries[0]


def without_story(
    entries: Sequence[EntrySummary], opening: EntrySummary | None
) -> Sequence[EntrySummary]:
    """The entries without the story that stands above them."""
    if opening is None or opening.story is None:
        return entries
    story = opening.story.id
    return [each for each in entries if each.story is None or each.story.id != story]


def latest_entry_id(page: EntryPage) -> int:
    """The entry of the page that arrived last; 0 on an empty one."""
    return max((_newest(entry) for entry in page.entries), default=0)


def _newest(entry: EntrySummary) -> int:
    return max(entry.story.entry_ids) if entry.story else entry.id


def top_entry_id(page: EntryPage) -> int:
    """The entry at whose place the first of a page stands; 0 on an empty one."""
    if not page.entries:
        return 0
    first = page.entries[0]
    return first.story.shown_id if first.story else first.id
