"""Background jobs of topics: apply changed rules to the archive, expire pins and windows.

Entries are read and matched without any lock. Only the results of a chunk are stored, in a
transaction of a few milliseconds, so nothing waits for a rule over a million entries.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

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
from aggregator.storage.topics import backfill, curation, members, topics
from aggregator.storage.topics.backfill import BackfillStep, StoredEntry
from aggregator.storage.topics.candidates import rule_candidates_between
from aggregator.storage.topics.feed_facets import FeedFacets, load_feed_facets

# Entries matched at once.
CHUNK = 200
# Chunks covered by one step if the search index picks the candidates.
CHUNKS_BY_INDEX = 25


def run_backfill(
    database: Database,
    now: datetime,
    stop: Callable[[], bool] = lambda: False,
    *,
    chunk: int = CHUNK,
    rest_s: float = 0.0,
) -> int:
    """Bring every topic up to its rule; the number of entries matched against one.

    Topics take turns, so that a small change does not wait for a large one, with `rest_s` seconds
    between two chunks. Returns early once `stop()` is true: the next call, in any process,
    continues from there.
    """
    matched = 0
    while not stop():
        with database.read() as session:
            steps = backfill.pending_backfills(session)
            feeds = load_feed_facets(session) if steps else {}
        if not steps:
            break
        for step in steps:
            if stop():
                break
            matched += _fill_once(database, step, feeds, now, chunk)
            time.sleep(rest_s)
    return matched


def expire_pins(database: Database, now: datetime) -> None:
    """Remove expired pins."""
    with database.read() as session:
        pins = curation.expired_pins(session, now)
    if pins:
        with database.write() as session:
            for topic_id, entry_id in pins:
                curation.unpin_entry(session, topic_id, entry_id)


def drop_expired_entries(database: Database, now: datetime) -> None:
    """Remove from each topic the entries that left its window."""
    with database.read() as session:
        rules = read_rules(topics.all_rules(session))
    for topic_id, rule in rules.items():
        if rule.window:
            with database.write() as session:
                members.remove_older(session, topic_id, now - rule.window)


def _fill_once(
    database: Database, step: BackfillStep, feeds: dict[int, FeedFacets], now: datetime, chunk: int
) -> int:
    rule = try_read_rule(step.rule)
    with database.read() as session:
        rows, below = _next_rows(session, step, rule, chunk)
        next_id = below if _has_more(session, below, rule, now) else None
    found = list(find_memberships(step.topic_id, rule, rows, feeds, now)) if rule else []
    with database.write_exclusive() as session:
        if backfill.advance_backfill(session, step, next_id):
            kept = [member.entry_id for member in found]
            first_id = 1 if next_id is None else next_id + 1
            members.retain_members(session, {step.topic_id: kept}, first_id, step.next_id)
            members.add_members(session, found)
    return len(rows)


def _next_rows(
    session: Session, step: BackfillStep, rule: TopicRule | None, chunk: int
) -> tuple[list[StoredEntry], int]:
    """The entries to match in this step, and the id from which the next one continues.

    The search index knows which entries have a word of the rule: if it covers the range, the others
    need not be read.
    """
    first_id = max(1, step.next_id - chunk * CHUNKS_BY_INDEX + 1)
    anchors = required_terms(rule.tree) if rule else None
    ids = rule_candidates_between(session, anchors, first_id, step.next_id)
    if ids is not None:
        return backfill.find_entries(session, ids), first_id - 1
    rows = backfill.entries_up_to(session, step.next_id, chunk)
    return rows, rows[-1].id - 1 if rows else 0


def _has_more(session: Session, next_id: int, rule: TopicRule | None, now: datetime) -> bool:
    """Whether any entry up to `next_id` could be in the topic.

    An entry that arrived before the window began was published before it, too.
    """
    newest = backfill.newest_up_to(session, next_id)
    if rule is None or newest is None:
        return False
    _, fetched_at = newest
    return is_in_window(rule.window, fetched_at, now)
