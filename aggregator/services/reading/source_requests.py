"""Readers ask for sources that they miss.

An address is looked up by a poller (`source_lookups`): the web fetches nothing itself. Until then,
and without a look-up, what is known already is answered at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound, TooManyAttempts
from aggregator.parse.feed_urls import mend_feed_url
from aggregator.process.html.urls import feed_key
from aggregator.services.accounts import rate_limits
from aggregator.services.ingest.discover import is_askable
from aggregator.services.reading.following import follow_all
from aggregator.storage.engine import Database
from aggregator.storage.feeds import addresses, overview
from aggregator.storage.readers import source_lookups
from aggregator.storage.readers import source_requests as store
from aggregator.types import (
    FoundFeed,
    LookupOutcome,
    OwnRequest,
    SourceLookup,
    SourceRef,
    SourceRequest,
    User,
)

# A declined request is not opened again before.
DECLINED_FOR = timedelta(days=30)
_WAIT_STEP_S = 0.1
_OUTCOMES: dict[str, LookupOutcome] = {
    "followed": "followed",
    "requested": "requested",
    "refused": "failed",
}


@dataclass(frozen=True, slots=True)
class AskResult:
    """What came of asking for a source.

    "followed": `source` was there already, and the reader follows it now. "requested": operators
    see the request. "refused": `key` names the sentence that says why. "looking": a poller looks
    at the address first, under `lookup_id`.
    """

    state: Literal["followed", "requested", "refused", "looking"]
    key: str = ""
    source: SourceRef | None = None
    request_id: int | None = None
    lookup_id: int | None = None


def ask_for_source(
    database: Database,
    reader: User,
    written: str,
    max_open: int,
    now: datetime,
    *,
    wait_s: float = 3.0,
) -> AskResult:
    """Ask for the source behind an address, for an app: of several feeds the first counts.

    Waits up to `wait_s` seconds for the look-up, with no transaction open; "looking" if it is not
    over by then: it becomes a request by itself.
    """
    try:
        with database.write_exclusive() as session:
            asked = start(session, reader, written, max_open, now, takes_first=True)
    except TooManyAttempts as error:
        return AskResult("refused", error.key)
    deadline = time.monotonic() + wait_s
    while asked.lookup_id is not None and time.monotonic() < deadline:
        with database.read() as session:
            lookup = find_lookup(session, reader, asked.lookup_id)
            if lookup.outcome not in (None, "choice"):
                return _result(session, lookup)
        if lookup.outcome == "choice":  # begun on a page, before the app asked
            with database.write_exclusive() as session:
                return choose(session, reader, lookup.id, 0, max_open, now)
        time.sleep(_WAIT_STEP_S)
    return asked


def start(
    session: Session,
    reader: User,
    written: str,
    max_open: int,
    now: datetime,
    *,
    takes_first: bool = False,
) -> AskResult:
    """Ask for the source behind an address as written; "looking" unless it is known.

    `max_open`: maximum open requests of a reader. Takes an exclusive transaction. Raises
    TooManyAttempts.
    """
    address, problem = mend_feed_url(written)
    if not address:
        return AskResult("refused", f"ask.problem.{problem}")
    if source := follow_known(session, reader, [address], now, page=address):
        return AskResult("followed", source=source)
    request = store.find_by_key(session, str(feed_key(address)))
    if request is not None and request.state == "open":
        return _join(session, reader, request, address, max_open, now)
    if not is_askable(address):
        return AskResult("refused", "ask.problem.port")
    if not _has_room(session, reader, max_open):
        return AskResult("refused", "ask.problem.too_many" if max_open else "ask.problem.off")
    lookup_id = source_lookups.find_unfinished(session, reader.id, address)
    if lookup_id is None or takes_first:  # an app waits for it, and holds up a thread
        rate_limits.record_attempt(session, f"ask:{reader.id}", rate_limits.LOOKUPS_PER_READER, now)
    if lookup_id is None:
        lookup_id = source_lookups.insert_lookup(
            session, reader.id, address, now, takes_first=takes_first
        )
    return AskResult("looking", lookup_id=lookup_id)


def choose(
    session: Session, reader: User, lookup_id: int, number: int, max_open: int, now: datetime
) -> AskResult:
    """Request one of the feeds that a look-up found. Raises NotFound, InvalidInput."""
    lookup = find_lookup(session, reader, lookup_id)
    if not 0 <= number < len(lookup.found):
        raise InvalidInput("error.bad_request", "no such feed", field="feed")
    feed = lookup.found[number]
    asked = ask_for_feed(session, reader, feed, lookup.address, max_open, now)
    finish_lookup(session, lookup, asked, lookup.found, now)
    return asked


def ask_for_feed(
    session: Session, reader: User, feed: FoundFeed, address: str, max_open: int, now: datetime
) -> AskResult:
    """Follow the source of a feed if it is there, else request it. Takes an exclusive transaction.

    Several readers, and one reader several times, make one request.
    """
    if source := follow_known(session, reader, [feed.url], now):
        return AskResult("followed", source=source)
    key = str(feed_key(feed.url))
    request = store.find_by_key(session, key)
    if request is not None and _is_declined(request, now):
        return AskResult("refused", "ask.problem.declined", request_id=request.id)
    if request is not None and request.state == "open":
        store.save_request(session, key, feed, now)  # as it was read last
        return _join(session, reader, request, address, max_open, now)
    if not _has_room(session, reader, max_open):
        return AskResult("refused", "ask.problem.too_many")
    request_id = store.save_request(session, key, feed, now)
    store.add_asker(session, request_id, reader.id, address, now)
    return AskResult("requested", request_id=request_id)


def _join(
    session: Session,
    reader: User,
    request: SourceRequest,
    address: str,
    max_open: int,
    now: datetime,
) -> AskResult:
    """Ask for what others, or the same reader, asked for already."""
    if not store.is_asker(session, request.id, reader.id):
        if not _has_room(session, reader, max_open):
            return AskResult("refused", "ask.problem.too_many")
        store.add_asker(session, request.id, reader.id, address, now)
    return AskResult("requested", request_id=request.id)


def finish_lookup(
    session: Session,
    lookup: SourceLookup,
    asked: AskResult,
    found: Iterable[FoundFeed],
    now: datetime,
) -> None:
    """Store what came of a look-up."""
    source_lookups.finish(
        session,
        lookup.id,
        _OUTCOMES[asked.state],
        now,
        kind=asked.key.removeprefix("ask.problem."),
        found=found,
        source_id=asked.source.id if asked.source else None,
        request_id=asked.request_id,
    )


def follow_known(
    session: Session, reader: User, urls: Sequence[str], now: datetime, page: str = ""
) -> SourceRef | None:
    """Follow the source that has one of the feeds, or whose site is `page`; None if none does."""
    known: dict[int | str, int] = {}
    if page:
        for source_id, site in addresses.site_addresses(session):
            known.setdefault(feed_key(site), source_id)
    for source_id, url in addresses.feed_addresses(session):
        known[feed_key(url)] = source_id
    source_id = next((known[key] for key in map(feed_key, urls) if key in known), 0)
    if not source_id:
        return None
    follow_all(session, reader, [source_id], now)
    return overview.source_refs(session, [source_id])[source_id]


def find_lookup(session: Session, reader: User, lookup_id: int) -> SourceLookup:
    """A look-up of this reader. Raises NotFound."""
    lookup = source_lookups.find_lookup(session, reader.id, lookup_id)
    if lookup is None:
        raise NotFound("look-up", lookup_id)
    return lookup


def lookup_source(session: Session, lookup: SourceLookup) -> SourceRef | None:
    """The source that was there already."""
    if lookup.source_id is None:
        return None
    return overview.source_refs(session, [lookup.source_id]).get(lookup.source_id)


def lookup_request(session: Session, lookup: SourceLookup) -> SourceRequest | None:
    """The request that came of a look-up, or that was declined before it."""
    try:
        return store.find_request(session, lookup.request_id) if lookup.request_id else None
    except NotFound:  # withdrawn since
        return None


# --- what readers asked for --------------------------------------------------------------------


def list_own(session: Session, reader: User) -> tuple[OwnRequest, ...]:
    """What the reader asked for, the latest first."""
    return store.list_own(session, reader.id)


def withdraw(session: Session, reader: User, request_id: int) -> None:
    """Take an open request back. Raises NotFound. Takes an exclusive transaction."""
    if not store.remove_asker(session, request_id, reader.id):
        raise NotFound("request", request_id)


def list_untold(session: Session, reader: User) -> tuple[OwnRequest, ...]:
    """The answers that the reader has not seen yet."""
    return store.list_untold(session, reader.id)


def mark_told(session: Session, reader_id: int, request_ids: Sequence[int], now: datetime) -> None:
    """Note that the reader has seen these answers."""
    store.mark_told(session, reader_id, request_ids, now)


def _has_room(session: Session, reader: User, max_open: int) -> bool:
    return store.count_open(session, reader.id) < max_open


def _is_declined(request: SourceRequest, now: datetime) -> bool:
    decided_at = request.decided_at
    return request.state == "declined" and bool(decided_at and now - decided_at < DECLINED_FOR)


def _result(session: Session, lookup: SourceLookup) -> AskResult:
    """The result of a look-up that is over and leaves nothing to choose."""
    if lookup.outcome == "followed":
        return AskResult("followed", source=lookup_source(session, lookup))
    if lookup.outcome == "requested":
        return AskResult("requested", request_id=lookup.request_id)
    return AskResult("refused", failure_key(lookup))


def failure_key(lookup: SourceLookup) -> str:
    """The sentence that says why nothing came of a look-up."""
    if lookup.kind in ("too_many", "declined", "no_feed", "private"):
        return f"ask.problem.{lookup.kind}"
    return f"feed.error.{lookup.kind or 'not_a_feed'}"
