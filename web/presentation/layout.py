"""Layout of a list: what opens its page, what is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import request

from aggregator.types import EntryPage, EntrySummary
from web.request.list_context import ListContext, is_filtered

# Minimum entries of one source in a row that are folded, and how many of them stay visible.
FOLD_THRESHOLD = 4
SHOWN_WHEN_FOLDED = 2


@dataclass(frozen=True, slots=True)
class Block:
    """Entries one below the other, then further entries of the last one's source, folded."""

    shown: tuple[EntrySummary, ...]
    folded: tuple[EntrySummary, ...] = ()


def should_fold(page: EntryPage, context: ListContext) -> bool:
    """Whether to fold long runs of one source on a page.

    Only in lists that mix sources: a source's own page is one long run, and so is the list of a
    site with a single source; tagged and starred entries were chosen one by one.
    """
    if context.name not in ("", "mine") or context.chosen.source:
        return False
    return len({entry.source.id for entry in page.entries}) > 1


def blocks(entries: Sequence[EntrySummary], folding: bool) -> tuple[Block, ...]:
    """The entries of a day, with long runs of one source folded if `folding`."""
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
    """The key of a run: the source; a story of several entries is a run of its own."""
    return (0, entry.story.id) if entry.story else (entry.source.id, 0)


def front_page_lead(page: EntryPage, context: ListContext) -> EntrySummary | None:
    """The entry that opens the front page: the newest, on the first unfiltered page only."""
    if context.name or is_filtered(context) or "cursor" in request.args or not page.entries:
        return None
    return page.entries[0]


def latest_entry_id(page: EntryPage) -> int:
    """The id of the entry of a page that arrived last; 0 for an empty page."""
    newest = (max(entry.story.entry_ids) if entry.story else entry.id for entry in page.entries)
    return max(newest, default=0)


def top_entry_id(page: EntryPage) -> int:
    """The id of the entry that gives the first of a page its position; 0 for an empty page."""
    if not page.entries:
        return 0
    first = page.entries[0]
    return first.story.shown_id if first.story else first.id
