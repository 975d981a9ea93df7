"""Putting arriving entries into stories, in the transaction that stores them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from aggregator.process.analysis.story_features import BODY_CHARACTERS, WINDOW, story_terms
from aggregator.process.analysis.word_features import read
from aggregator.process.html.text import text_of
from aggregator.process.stories.clustering import Placement, Window, add, near, place, post, posted
from aggregator.process.stories.similarity import Told, told
from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.stories import unplaced
from aggregator.storage.stories import window as story_window
from aggregator.storage.stories import write as stories
from aggregator.types import Arrived, StoryTerms

log = logging.getLogger("marsad.polling")

EVERY = timedelta(days=1)
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class _Newcomer:
    told: Told
    under: list[int]
    agency: str
    text: str
    """Its folded words, as far as they are known already."""


def place_arrivals(session: Session, arrived: Sequence[Arrived]) -> None:
    """Find the stories of new entries, in the order in which they arrived.

    Only under the lock of the writers (`Database.store`): two of them would make two stories of
    one event.
    """
    terms = {each.id: each.terms for each in arrived if each.terms is not None}
    texts = {each.id: each.text for each in arrived}
    rows = unplaced.rows(session, [each.id for each in arrived])
    copies = [row for row in rows if row.duplicate_of is not None]
    window = Window(story_window.load_frequencies(session))
    new = [_newcomer(row, terms[row.id], texts[row.id], window) for row in rows
           if row.duplicate_of is None and row.id in terms]  # fmt: skip
    if new:
        _place_all(session, window, new)
    _follow_their_firsts(session, copies, terms)


def _newcomer(row: Any, terms: StoryTerms, text: str, window: Window) -> _Newcomer:
    entry = told(row.id, row.source_id, row.language, row.published_at, terms, window.frequencies)
    return _Newcomer(entry, posted(entry), terms.agency, text)


def _place_all(session: Session, window: Window, new: Sequence[_Newcomer]) -> None:
    every_term = {term for each in new for term in each.under}
    window.postings = story_window.load_postings(session, every_term)
    nearest = [_meet(each, window) for each in new]
    met = {id_ for ids in nearest for id_ in ids}.difference([each.told.id for each in new])
    if met:
        story_window.load_told(session, window, met)
    text_of_entry = _texts(session, {each.told.id: each.text for each in new})
    rows: list[dict[str, Any]] = []
    touched: set[int] = set()
    merged: list[tuple[int, int]] = []
    for each, candidates in zip(new, nearest, strict=True):
        placement = place(each.told, candidates, window, text_of_entry)
        add(each.told, placement, window)
        if placement.story != each.told.id or each.agency:
            rows.append(_row(each, placement))
        if placement.story != each.told.id:
            touched.add(placement.story)
        merged += [(placement.story, other) for other in placement.merged]
    story_window.save(session, window, [each.told for each in new], every_term)
    stories.put(session, rows)
    for story, other in merged:
        stories.unite(session, story, other)
    stories.refresh(session, touched)


def _meet(newcomer: _Newcomer, window: Window) -> list[int]:
    """The entries to compare a newcomer with; those who come after it will meet it."""
    candidates = near(newcomer.told, newcomer.under, window.postings)
    post(newcomer.told.id, newcomer.under, window.postings)
    return candidates


def _row(newcomer: _Newcomer, placement: Placement) -> dict[str, Any]:
    return {
        "entry_id": newcomer.told.id,
        "story_id": placement.story,
        "reprint_of": placement.reprint_of,
        "agency": newcomer.agency,
    }


def _follow_their_firsts(
    session: Session, copies: Sequence[Any], terms: dict[int, StoryTerms]
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
    stories.put(session, rows)
    stories.refresh(session, {row["story_id"] for row in rows})


def _texts(session: Session, at_hand: Mapping[int, str]) -> Callable[[int], Sequence[str]]:
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
    return read(text_of(unplaced.content(session, entry_id))[:BODY_CHARACTERS]).folded


def place_forgotten(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int:
    """Place the entries of the last days that have no story yet; how many there were.

    Those of a database that is older than stories, and what an unforeseen error left behind.
    """
    placed = 0
    after = 0
    while not stop():
        with database.store() as session:
            rows = unplaced.forgotten(session, now - WINDOW, after, _CHUNK)
            if not rows:
                return placed
            place_arrivals(
                session,
                [
                    Arrived(row.id, story_terms(row.title, text_of(row.content or ""), row.author))
                    for row in rows
                ],
            )
            after = rows[-1].id
            placed += len(rows)
    return placed


def tidy_daily(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int | None:
    """Place what was forgotten and drop what is over, once a day in one process; else None."""
    with database.write() as session:
        if not jobs.take_turn(session, "stories", EVERY, now):
            return None
    placed = place_forgotten(database, now, stop)
    if placed:
        log.info("stories: %d entries placed that had been left out", placed)
    with database.store() as session:
        unplaced.forget_before(session, now - unplaced.LIFE)
    return placed
