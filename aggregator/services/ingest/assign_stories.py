"""Assign new entries to stories, in the transaction that stores them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from aggregator.process.analysis.story_features import BODY_CHARACTERS, story_features
from aggregator.process.analysis.word_features import analyze_text
from aggregator.process.html.text import sanitized_to_text
from aggregator.process.stories.clustering import (
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
    vector: StoryVector
    index_terms: list[int]
    agency: str
    text: str
    """Folded words of the body; "" if not at hand."""

    @property
    def id(self) -> int:
        return self.vector.id


def assign_stories(session: Session, arrived: Sequence[UnplacedEntry]) -> None:
    """Assign new entries to stories, in the order of their arrival.

    Only under the lock of the writers (`Database.write_exclusive`): two of them would make two
    stories of one event.
    """
    features = {each.id: each.terms for each in arrived if each.terms is not None}
    texts = {each.id: each.text for each in arrived}
    rows = unplaced.entry_rows(session, [each.id for each in arrived])
    duplicates = [row for row in rows if row.duplicate_of is not None]
    window = StoryWindow(story_window.load_frequencies(session))
    new = [
        _incoming(row, features[row.id], texts[row.id], window)
        for row in rows
        if row.duplicate_of is None and row.id in features
    ]
    if new:
        _assign_originals(session, window, new)
    if duplicates:
        _assign_duplicates(session, duplicates, features)


def _incoming(row: Any, features: StoryFeatures, text: str, window: StoryWindow) -> _IncomingEntry:
    vector = story_vector(
        row.id, row.source_id, row.language, row.published_at, features, window.frequencies
    )
    return _IncomingEntry(vector, index_terms(vector), features.agency, text)


def _assign_originals(session: Session, window: StoryWindow, new: Sequence[_IncomingEntry]) -> None:
    terms = {term for entry in new for term in entry.index_terms}
    window.postings = story_window.load_postings(session, terms)
    candidates = []
    for entry in new:
        candidates.append(find_candidates(entry.vector, entry.index_terms, window.postings))
        add_postings(entry.id, entry.index_terms, window.postings)  # later ones find it
    stored = {id_ for ids in candidates for id_ in ids}.difference(entry.id for entry in new)
    if stored:
        story_window.load_vectors(session, window, stored)
    text_of = _text_lookup(session, {entry.id: entry.text for entry in new})
    rows: list[dict[str, Any]] = []
    merges: list[tuple[int, int]] = []
    for entry, ids in zip(new, candidates, strict=True):
        assignment = assign_story(entry.vector, ids, window, text_of)
        add_to_window(entry.vector, assignment, window)
        if assignment.story != entry.id or entry.agency:
            rows.append(_row(entry.id, assignment.story, assignment.reprint_of, entry.agency))
        merges += [(assignment.story, other) for other in assignment.merged]
    story_window.save(session, window, [entry.vector for entry in new], terms)
    stories.assign_stories(session, rows)
    for story, other in merges:
        stories.merge_stories(session, story, other)
    stories.refresh(session, {story for story, _ in merges})


def _assign_duplicates(
    session: Session, duplicates: Sequence[Any], features: Mapping[int, StoryFeatures]
) -> None:
    """Put duplicates into the stories of their originals."""
    story_of = stories.stories_of(session, {row.duplicate_of for row in duplicates})
    rows = [
        _row(
            row.id,
            story_of[row.duplicate_of],
            row.duplicate_of,
            features[row.id].agency if row.id in features else "",
        )
        for row in duplicates
    ]
    stories.assign_stories(session, rows)


def _row(entry_id: int, story_id: int, reprint_of: int | None, agency: str) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "story_id": story_id,
        "reprint_of": reprint_of,
        "agency": agency,
    }


def _text_lookup(session: Session, at_hand: Mapping[int, str]) -> Callable[[int], Sequence[str]]:
    """Return a function that gives the folded words of entries.

    Those `at_hand` are split; the texts of stored entries are read and analyzed when one turns out
    to be a likely original of a new entry, which only the window tells.
    """

    @cache
    def words(entry_id: int) -> Sequence[str]:
        known = at_hand.get(entry_id, "")[:BODY_CHARACTERS].split()
        if known:
            return known
        text = sanitized_to_text(unplaced.entry_content(session, entry_id))
        return analyze_text(text[:BODY_CHARACTERS]).folded

    return words


def assign_unplaced(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int:
    """Assign the recent entries that were left out to stories; return how many there were.

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
    """Assign what was left out and drop what is too old to compare, once a day per installation."""
    with database.write() as session:
        if not jobs.claim_daily_run(session, "stories", RUN_INTERVAL, now):
            return None
    placed = assign_unplaced(database, now, stop)
    if placed:
        log.info("stories: %d entries assigned that had been left out", placed)
    with database.write_exclusive() as session:
        unplaced.prune_before(session, now - unplaced.COMPARISON_TTL)
    return placed
