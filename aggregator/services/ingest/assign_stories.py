"""Assign new entries to stories, right after the transaction that stores them.

Their stories are found in a read session: comparing entries takes longer than writing them, and
nothing waits for it. What was found is then written in a short transaction, unless stories have
changed in the meantime; then it is found again. A process that is killed between the two leaves
entries without stories, which the next one looks for when it starts.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError
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
from aggregator.services.ingest.trace_dispatches import agencies_among, trace_dispatches
from aggregator.services.ingest.transaction_size import MIN_ENTRIES, TransactionSize
from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.stories import unplaced
from aggregator.storage.stories import window as story_window
from aggregator.storage.stories import write as stories
from aggregator.storage.stories.left_out import COMPARISON_TTL
from aggregator.storage.stories.window import WindowCache
from aggregator.types import StoryFeatures, UnplacedEntry

log = logging.getLogger("marsad.polling")

RUN_INTERVAL = timedelta(days=1)
# Maximum entries of one transaction for those who do not say how much they may write.
MAX_PLACED = MIN_ENTRIES
# Attempts to find the stories of entries while others keep changing stories.
MAX_ATTEMPTS = 5
# Entries to look at at once.
_LOOKED_AT = 200
_MAX_PAUSE_S = 0.5
# Rows deleted in one transaction.
_DROPPED = 500


class _HasSection(Protocol):
    """A stored entry that is not in a story yet."""

    @property
    def id(self) -> int: ...

    @property
    def section(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _IncomingEntry:
    vector: StoryVector
    index_terms: list[int]
    agency: str
    text: str
    """Folded words of the body; "" if not at hand."""
    section: str

    @property
    def id(self) -> int:
        return self.vector.id


@dataclass(slots=True)
class StoryPlan:
    """The stories of some entries, as found in one state of the database."""

    version: int | None
    window: StoryWindow
    new: Sequence[_IncomingEntry] = ()
    terms: Collection[int] = ()
    """Those of `new`, by which later entries find them."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    merges: list[tuple[int, int]] = field(default_factory=list)
    duplicates: Sequence[Any] = ()
    features: Mapping[int, StoryFeatures] = field(default_factory=dict)


class StalePlan(Exception):
    """Stories have changed since a plan was made."""


def assign_arrived(
    database: Database,
    arrived: Sequence[UnplacedEntry],
    cache: WindowCache | None = None,
    size: TransactionSize | None = None,
) -> None:
    """Assign stored entries to stories, in the order of their arrival.

    A process that does so often keeps a `cache`, and the `size` of its transactions.
    """
    cache, size = cache or WindowCache(), size or TransactionSize(MAX_PLACED)
    ordered = deque(sorted(arrived, key=lambda each: each.id))
    while ordered:
        chunk = [ordered.popleft() for _ in range(min(size.entries, len(ordered)))]
        _assign(database, chunk, cache, size)


def _assign(
    database: Database, arrived: Sequence[UnplacedEntry], cache: WindowCache, size: TransactionSize
) -> None:
    for _ in range(MAX_ATTEMPTS):
        with database.read() as session:
            plan = plan_stories(session, arrived, cache)
        if not (plan.new or plan.duplicates):
            return
        if plan.new:
            cache.version = None  # until all is written
        with suppress(StalePlan, IntegrityError):
            with database.write_exclusive() as session:
                session.connection()
                locked_at = time.monotonic()
                write_stories(session, plan)
            size.note(len(arrived), time.monotonic() - locked_at)
            if plan.new:
                cache.keep(plan.window, (plan.version or 0) + 1)
            return
    log.warning("stories kept changing: %d entries are assigned later", len(arrived))


def assign_stories(session: Session, arrived: Sequence[UnplacedEntry]) -> None:
    """Find and write the stories of entries in one transaction (`Database.write_exclusive`)."""
    write_stories(session, plan_stories(session, arrived))


def plan_stories(
    session: Session, arrived: Sequence[UnplacedEntry], cache: WindowCache | None = None
) -> StoryPlan:
    """Find the stories of entries, in the order of their arrival; writes nothing.

    Entries that are gone or assigned already are left out.
    """
    cache = cache or WindowCache()
    features = {each.id: each.terms for each in arrived if each.terms is not None}
    texts = {each.id: each.text for each in arrived}
    frequencies, version = story_window.load_frequencies(session, cache)
    plan = StoryPlan(version, StoryWindow(frequencies), features=features)
    rows = unplaced.entry_rows(session, list(texts))
    plan.duplicates = [row for row in rows if row.duplicate_of is not None]
    originals = [row for row in rows if row.duplicate_of is None and row.id in features]
    agencies = agencies_among(session, {row.source_id for row in originals})
    plan.new = [
        _incoming(row, features[row.id], texts[row.id], plan.window, agencies[row.source_id])
        for row in originals
    ]
    if plan.new:
        # Duplicates of an entry, or an editor, may have been quicker.
        earlier = {row.id: row.story_id for row in originals if row.story_id is not None}
        _plan_originals(session, plan, earlier, cache)
    return plan


def write_stories(session: Session, plan: StoryPlan) -> None:
    """Write what was planned; raises `StalePlan`, and IntegrityError if an entry is gone."""
    if plan.new:
        if not story_window.save_frequencies(session, plan.window.frequencies, plan.version):
            raise StalePlan
        vectors = [entry.vector for entry in plan.new]
        story_window.save(session, plan.window, vectors, plan.terms)
        stories.assign_stories(session, plan.rows)
        trace_dispatches(session, plan.rows)
        for story, other in plan.merges:
            stories.merge_stories(session, story, other)
        stories.refresh(session, {story for story, _ in plan.merges})
    if plan.duplicates:
        _assign_duplicates(session, plan.duplicates, plan.features)


def _incoming(
    row: Any, features: StoryFeatures, text: str, window: StoryWindow, source_agency: str
) -> _IncomingEntry:
    vector = story_vector(
        row.id, row.source_id, row.language, row.published_at, features, window.frequencies
    )
    agency = source_agency or features.agency
    return _IncomingEntry(vector, index_terms(vector), agency, text, row.section)


def _plan_originals(
    session: Session, plan: StoryPlan, earlier: Mapping[int, int], cache: WindowCache
) -> None:
    new, window = plan.new, plan.window
    plan.terms = {term for entry in new for term in entry.index_terms}
    window.postings = story_window.load_postings(session, plan.terms)
    candidates = []
    for entry in new:
        candidates.append(find_candidates(entry.vector, entry.index_terms, window.postings))
        add_postings(entry.id, entry.index_terms, window.postings)  # later ones find it
    stored = {id_ for ids in candidates for id_ in ids}.difference(entry.id for entry in new)
    if stored:
        story_window.load_vectors(session, window, stored, cache.vectors)
    text_of = _text_lookup(session, {entry.id: entry.text for entry in new})
    for entry, ids in zip(new, candidates, strict=True):
        assignment = assign_story(entry.vector, ids, window, text_of)
        add_to_window(entry.vector, assignment, window)
        before = earlier.get(entry.id, assignment.story)
        if assignment.story != entry.id or entry.agency:
            row = _row(entry, assignment.story, assignment.reprint_of, entry.agency)
            plan.rows.append(row)
        others = dict.fromkeys((*assignment.merged, before))
        plan.merges += [(assignment.story, each) for each in others if each != assignment.story]


def _assign_duplicates(
    session: Session, duplicates: Sequence[Any], features: Mapping[int, StoryFeatures]
) -> None:
    """Put duplicates into the stories of their originals."""
    story_of = stories.stories_of(session, {row.duplicate_of for row in duplicates})
    rows = [
        _row(
            row,
            story_of[row.duplicate_of],
            row.duplicate_of,
            features[row.id].agency if row.id in features else "",
        )
        for row in duplicates
    ]
    stories.assign_stories(session, rows)
    trace_dispatches(session, rows)


def _row(entry: _HasSection, story_id: int, reprint_of: int | None, agency: str) -> dict[str, Any]:
    return {
        "entry_id": entry.id,
        "section": entry.section,
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


def assign_latest(database: Database, entry_ids: Sequence[int], now: datetime) -> int:
    """Assign those of the latest entries that a killed process left out; return how many."""
    return sum(_assign_unplaced(database, entry_ids, now))


def assign_unplaced(
    database: Database,
    now: datetime,
    stop: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = lambda _: None,
) -> int:
    """Assign the recent entries that were left out to stories; return how many there were.

    Those of a database that is older than stories, and what an unforeseen error left behind. A
    pause as long as the work leaves the processor to polls.
    """
    with database.read() as session:
        recent = unplaced.recent_ids(session, now - STORY_WINDOW)
    placed = 0
    started = time.monotonic()
    for count in _assign_unplaced(database, recent, now):
        placed += count
        if stop():
            break
        pause(min(time.monotonic() - started, _MAX_PAUSE_S))
        started = time.monotonic()
    return placed


def _assign_unplaced(database: Database, entry_ids: Iterable[int], now: datetime) -> Iterator[int]:
    """Assign those of `entry_ids` that have no story; yield how many of each chunk."""
    ordered, cache = sorted(entry_ids), WindowCache()
    for start in range(0, len(ordered), _LOOKED_AT):
        with database.read() as session:
            chunk = ordered[start : start + _LOOKED_AT]
            rows = unplaced.unplaced_entries(session, chunk, now - STORY_WINDOW)
        assign_arrived(database, [_unplaced_entry(row) for row in rows], cache)
        yield len(rows)


def _unplaced_entry(row: Any) -> UnplacedEntry:
    text = sanitized_to_text(row.content or "")
    return UnplacedEntry(row.id, story_features(row.title, text, row.author))


def assign_unplaced_daily(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int | None:
    """Assign what was left out and drop what is too old to compare, once a day per installation."""
    with database.write() as session:
        if not jobs.claim_daily_run(session, "stories", RUN_INTERVAL, now):
            return None
    placed = assign_unplaced(database, now, stop, time.sleep)
    if placed:
        log.info("stories: %d entries assigned that had been left out", placed)
    _drop_outdated(database, now - COMPARISON_TTL, stop)
    return placed


def _drop_outdated(database: Database, before: datetime, stop: Callable[[], bool]) -> None:
    """Drop the comparison data of older entries, their terms with the last entry they list."""
    dropped = _DROPPED
    while dropped == _DROPPED and not stop():
        with database.write_exclusive() as session:
            dropped = unplaced.prune_before(session, before, _DROPPED)
    with database.read() as session:
        terms = unplaced.stale_terms(session)
        lost, redirects = unplaced.lost_ids(session)
    for start in range(0, len(terms), _DROPPED):
        if stop():
            return
        with database.write_exclusive() as session:
            unplaced.drop_terms(session, terms[start : start + _DROPPED])
    with database.write_exclusive() as session:
        unplaced.drop_lost(session, lost, redirects)
