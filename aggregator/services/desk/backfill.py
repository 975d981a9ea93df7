"""In the background: changed rules are applied to what is stored, pins and windows expire.

Entries are read and tried without any lock; only what came of a chunk is stored, in a transaction
of a few milliseconds, so nobody waits for a topic with a million entries behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from aggregator.query.rule_index import required_terms
from aggregator.query.topic_rule import TopicRule
from aggregator.services.ingest.match_topics import (
    find_memberships,
    is_in_window,
    read_rules,
    try_read_rule,
)
from aggregator.storage.engine import Database
from aggregator.storage.models import TopicEntry
from aggregator.storage.topics import backfill, curation, members, topics
from aggregator.storage.topics.backfill import BackfillStep
from aggregator.storage.topics.candidates import rule_candidates_between
from aggregator.storage.topics.feed_facets import FeedFacets, load_feed_facets
from aggregator.storage.topics.members import Membership

CHUNK = 200
"""Entries tried at once."""
STRETCH = 25
"""So many times as many are passed at once where the index of search picks those to try."""


def run_backfill(
    database: Database,
    now: datetime,
    stop: Callable[[], bool] = lambda: False,
    *,
    chunk: int = CHUNK,
    rest_s: float = 0.0,
) -> int:
    """Bring every topic up to its rule; how many entries were tried.

    Topics take turns, so that a small change does not wait for a large one, with a rest of `rest_s`
    seconds between two chunks. Ends early once `stop` says so: the next call, in whatever process,
    goes on where this one was.
    """
    tried = 0
    while not stop():
        with database.read() as session:
            steps = backfill.pending_backfills(session)
            places = load_feed_facets(session) if steps else {}
        if not steps:
            break
        for step in steps:
            if stop():
                break
            tried += _fill_once(database, step, places, now, chunk)
            time.sleep(rest_s)
    return tried


def expire_pins(database: Database, now: datetime) -> None:
    """Take off the pins whose time is over."""
    with database.read() as session:
        pins = curation.expired_pins(session, now)
    if pins:
        with database.write() as session:
            for topic_id, entry_id in pins:
                curation.unpin_entry(session, topic_id, entry_id)


def drop_expired_entries(database: Database, now: datetime) -> None:
    """Take out of each topic what has become older than its window."""
    with database.read() as session:
        rules = read_rules(topics.all_rules(session))
    for topic_id, rule in rules.items():
        if rule.window:
            with database.write() as session:
                members.remove_older(session, topic_id, now - rule.window)


def _fill_once(
    database: Database, step: BackfillStep, places: dict[int, FeedFacets], now: datetime, chunk: int
) -> int:
    rule = try_read_rule(step.rule)
    with database.read() as session:
        rows, below = _next_rows(session, step, rule, chunk)
        next_id = _if_any(session, below, rule, now)
    found = list(find_memberships(step.topic_id, rule, rows, places, now)) if rule else []
    with database.write_exclusive() as session:
        if backfill.advance_backfill(session, step, next_id):
            _store(session, step, found, next_id)
    return len(rows)


def _next_rows(
    session: Session, step: BackfillStep, rule: TopicRule | None, chunk: int
) -> tuple[list[Any], int]:
    """What to try now, and which entry comes after it.

    The index of search knows which entries have a word of the rule: where it holds a whole stretch,
    the others need not be looked at.
    """
    first_id = max(1, step.next_id - chunk * STRETCH + 1)
    anchors = required_terms(rule.tree) if rule else None
    ids = rule_candidates_between(session, anchors, first_id, step.next_id)
    if ids is not None:
        return backfill.find_entries(session, ids), first_id - 1
    rows = backfill.entries_up_to(session, step.next_id, chunk)
    return rows, rows[-1].id - 1 if rows else 0


def _if_any(session: Session, next_id: int, rule: TopicRule | None, now: datetime) -> int | None:
    """`next_id` while there is anything left that could be shown.

    What arrived before the window of a rule began was published before it, too.
    """
    following = backfill.newest_up_to(session, next_id)
    if rule is None or following is None:
        return None
    return next_id if is_in_window(rule.window, following[1], now) else None


def _store(
    session: Session, step: BackfillStep, found: list[Membership], next_id: int | None
) -> None:
    ids = TopicEntry.entry_id
    stretch = ids <= step.next_id
    if next_id is not None:
        stretch = ids.between(next_id + 1, step.next_id)
    kept = [member.entry_id for member in found]
    members.retain_members(session, {step.topic_id: kept}, stretch)
    members.add_members(session, found)
