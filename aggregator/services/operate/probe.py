"""Looking at feeds without storing anything: can they be read, and what is the matter if not?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from aggregator.process.feeds.health import FeedFacts, feed_state, status_after_failure
from aggregator.services.ingest.read_feed import FeedFetcher, Parser, PollResult, poll_feed
from aggregator.types import FeedForPoll, FeedSpec, FeedState, SourceSpec

UNREADABLE: frozenset[FeedState] = frozenset({"gone", "refused", "unreachable", "failing"})


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one look at a feed found."""

    source: str
    url: str
    state: FeedState
    took_s: float
    kind: str | None = None
    """What is wrong, in the words of `process.feeds.health.KINDS`."""
    detail: str = ""
    advertised: tuple[tuple[str, str], ...] = ()
    """(title, URL) of the feeds that a web page at the address names."""
    moved_to: str | None = None
    """Where only permanent redirects lead."""
    format: str = ""
    title: str = ""
    entries: int = 0
    newest_at: datetime | None = None
    silent_days: int | None = None
    """Days since the newest entry; None where no entry has a date."""

    @property
    def is_readable(self) -> bool:
        """Whether its entries can be had, be they few, old or damaged."""
        return self.state not in UNREADABLE


async def probe_all(
    sources: Iterable[SourceSpec],
    client: FeedFetcher,
    parser: Parser,
    on_probed: Callable[[ProbeResult], None] = lambda _: None,
) -> list[ProbeResult]:
    """Every feed of `sources` in their order; how many at once is the client's to decide."""

    async def one(source: SourceSpec, feed: FeedSpec) -> ProbeResult:
        reading = await poll_feed(_unclaimed(source, feed), client, parser)
        probe = _probe(source.slug, feed.url, reading)
        on_probed(probe)
        return probe

    return await asyncio.gather(*(one(source, feed) for source in sources for feed in source.feeds))


def _unclaimed(source: SourceSpec, feed: FeedSpec) -> FeedForPoll:
    """A feed of which nothing is known yet."""
    return FeedForPoll(
        id=0,
        url=feed.url,
        source_id=0,
        source_slug=source.slug,
        language=source.language,
        timezone=source.timezone,
        site=source.site,
        etag=None,
        last_modified=None,
        body_digest=None,
        moved_to=None,
        interval_s=0,
        failures=0,
        mean_gap_s=None,
        newest_at=None,
        lease="",
    )


def _probe(source: str, url: str, reading: PollResult) -> ProbeResult:
    if reading.document is None:
        return _failed(source, url, reading)
    document, now = reading.document, reading.read_at
    problem = document.problems[0] if document.problems else None
    moved_to = reading.permanent_url if reading.permanent_url != url else None
    facts = FeedFacts(
        enabled=True,
        status="damaged" if problem else "healthy",
        error_kind=problem.kind if problem else None,
        adopted_url=moved_to,
        took_ms=round(reading.took_s * 1000),
        last_success_at=now,
        newest_at=document.newest_at,
    )
    return ProbeResult(
        source=source,
        url=url,
        state=feed_state(facts),
        took_s=reading.took_s,
        kind=problem.kind if problem else None,
        detail="; ".join(problem.detail for problem in document.problems if problem.detail),
        moved_to=moved_to,
        format=document.format,
        title=document.title,
        entries=len(document.entries),
        newest_at=document.newest_at,
        silent_days=(now - document.newest_at).days if document.newest_at else None,
    )


def _failed(source: str, url: str, reading: PollResult) -> ProbeResult:
    failure = reading.failure
    if failure is None:  # another feed of this host was answered 429 a moment ago
        kind, detail, status = "rate_limited", "its host asked to be left alone", "refused"
    else:
        kind, detail, status = failure.kind, failure.detail, status_after_failure(failure)
    return ProbeResult(
        source=source,
        url=url,
        state=feed_state(FeedFacts(enabled=True, status=status, error_kind=kind)),
        took_s=reading.took_s,
        kind=kind,
        detail=detail,
        advertised=failure.advertised if failure else (),
    )
