"""Putting arriving entries into stories, in the transaction that stores them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from aggregator.process.analysis.story_features import BODY_CHARACTERS, story_features
from aggregator.process.analysis.word_features import analyze_text
from aggregator.process.html.text import sanitized_to_text
from aggregator.process.stories.clustering import (
    StoryAssignment,
    StoryWindow,
    add_postings,
    add_to_window,
    assign_story,
    find_candidates,
    index_terms,
)
from aggregator.process.stories.keys import STORY_WINDOW
from aggregator.process.stories.similarity import StoryVector, story_vector
from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.stories import unplaced
from aggregator.storage.stories import window as story_window
from aggregator.storage.stories import write as stories
from aggregator.types import StoryFeatures, UnplacedEntry

log = logging.getLogger("marsad.polling")

RUN_INTERVAL = timedelta(days=1)
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class _IncomingEntry:
    told: StoryVector
    index_terms: list[int]
    agency: str
    text: str
    """Its folded words, as far as they are known already."""


def assign_stories(session: Session, arrived: Sequence[UnplacedEntry]) -> None:
    """Find the stories of new entries, in the order in which they arrived.

    Only under the lock of the writers (`Database.store`): two of them would make two stories of
    one event.
    """
    terms = {each.id: each.terms for each in arrived if each.terms is not None}
    texts = {each.id: each.text for each in arrived}
    rows = unplaced.entry_rows(session, [each.id for each in arrived])
    copies = [row for row in rows if row.duplicate_of is not None]
    window = StoryWindow(story_window.load_frequencies(session))
    new = [_newcomer(row, terms[row.id], texts[row.id], window) for row in rows
           if row.duplicate_of is None and row.id in terms]  # fmt: skip
    if new:
        _assign_all(session, window, new)
    _assign_duplicates(session, copies, terms)


def _newcomer(row: Any, terms: StoryFeatures, text: str, window: StoryWindow) -> _IncomingEntry:
    entry = story_vector(
        row.id, row.source_id, row.language, row.published_at, terms, window.frequencies
    )
    return _IncomingEntry(entry, index_terms(entry), terms.agency, text)


def _assign_all(session: Session, window: StoryWindow, new: Sequence[_IncomingEntry]) -> None:
    every_term = {term for each in new for term in each.index_terms}
    window.postings = story_window.load_postings(session, every_term)
    nearest = [_meet(each, window) for each in new]
    met = {id_ for ids in nearest for id_ in ids}.difference([each.told.id for each in new])
    if met:
        story_window.load_vectors(session, window, met)
    text_of_entry = _text_lookup(session, {each.told.id: each.text for each in new})
    rows: list[dict[str, Any]] = []
    touched: set[int] = set()
    merged: list[tuple[int, int]] = []
    for each, candidates in zip(new, nearest, strict=True):
        placement = assign_story(each.told, candidates, window, text_of_entry)
        add_to_window(each.told, placement, window)
        if placement.story != each.told.id or each.agency:
            rows.append(_row(each, placement))
        if placement.story != each.told.id:
            touched.add(placement.story)
        merged += [(placement.story, other) for other in placement.merged]
    story_window.save(session, window, [each.told for each in new], every_term)
    stories.assign_stories(session, rows)
    for story, other in merged:
        stories.merge_stories(session, story, other)
    stories.refresh(session, touched)


def _meet(newcomer: _IncomingEntry, window: StoryWindow) -> list[int]:
    """The entries to compare a newcomer with; those who come after it will meet it."""
    candidates = find_candidates(newcomer.told, newcomer.index_terms, window.postings)
    add_postings(newcomer.told.id, newcomer.index_terms, window.postings)
    return candidates


def _row(newcomer: _IncomingEntry, placement: StoryAssignment) -> dict[str, Any]:
    return {
        "entry_id": newcomer.told.id,
        "story_id": placement.story,
        "reprint_of": placement.reprint_of,
        "agency": newcomer.agency,
    }


def _assign_duplicates(
    session: Session, copies: Sequence[Any], terms: dict[int, StoryFeatures]
) -> None:
    """A copy belongs to the story of the entry that it is a copy of."""
    if not copies:
        return
    homes = stories.stories_of(session, {row.duplicate_of for row in copies})
    rows = [
        {
            "entry_id": row.id,
            "story_id": homes[row.duplicate_of],
            "reprint_of": row.duplicate_of,
            "agency": terms[row.id].agency if row.id in terms else "",
        }
        for row in copies
    ]
    stories.assign_stories(session, rows)
    stories.refresh(session, {row["story_id"] for row in rows})


def _text_lookup(session: Session, at_hand: Mapping[int, str]) -> Callable[[int], Sequence[str]]:
    """The folded words of entries, each looked up once; those `at_hand` need not be."""
    known: dict[int, Sequence[str]] = {}

    def words(entry_id: int) -> Sequence[str]:
        if entry_id not in known:
            known[entry_id] = at_hand.get(entry_id, "")[:BODY_CHARACTERS].split() or _stored_words(
                session, entry_id
            )
        return known[entry_id]

    return words


def _stored_words(session: Session, entry_id: int) -> Sequence[str]:
    return analyze_text(
        sanitized_to_text(unplaced.entry_content(session, entry_id))[:BODY_CHARACTERS]
    ).folded


def assign_unplaced(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int:
    """Place the entries of the last days that have no story yet; how many there were.

    Those of a database that is older than stories, and what an unforeseen error left behind.
    """
    placed = 0
    after = 0
    while not stop():
        with database.write_exclusive() as session:
            rows = unplaced.unplaced_entries(session, now - STORY_WINDOW, after, _CHUNK)
            if not rows:
                return placed
            assign_stories(
                session,
                [
                    UnplacedEntry(
                        row.id,
                        story_features(row.title, sanitized_to_text(row.content or ""), row.author),
                    )
                    for row in rows
                ],
            )
            after = rows[-1].id
            placed += len(rows)
    return placed


def assign_unplaced_daily(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int | None:
    """Place what was forgotten and drop what is over, once a day in one process; else None."""
    with database.write() as session:
        if not jobs.claim_daily_run(session, "stories", RUN_INTERVAL, now):
            return None
    placed = assign_unplaced(database, now, stop)
    if placed:
        log.info("stories: %d entries placed that had been left out", placed)
    with database.write_exclusive() as session:
        unplaced.prune_before(session, now - unplaced.COMPARISON_TTL)
    return placed
