"""Probing feeds without storing anything: whether they can be read, and if not, why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from aggregator.process.feeds.health import FeedFacts, feed_state, status_after_failure
from aggregator.services.ingest.read_feed import FeedFetcher, Parser, PollResult, poll_feed
from aggregator.types import FeedForPoll, FeedSpec, FeedState, SourceSpec

# Of dates without one, where nothing else is known.
DEFAULT_TIMEZONE = "Africa/Casablanca"

UNREADABLE: frozenset[FeedState] = frozenset({"gone", "refused", "unreachable", "failing"})


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of polling a feed once."""

    source: str
    url: str
    state: FeedState
    took_s: float
    kind: str | None = None
    """The kind of problem, one of `process.feeds.health.PROBLEM_KINDS`."""
    detail: str = ""
    advertised: tuple[tuple[str, str], ...] = ()
    """(title, URL) of the feeds that a web page at the URL advertises."""
    moved_to: str | None = None
    """The target of permanent redirects."""
    format: str = ""
    title: str = ""
    entries: int = 0
    newest_at: datetime | None = None
    silent_days: int | None = None
    """Days since the newest entry; None if no entry has a date."""

    @property
    def is_readable(self) -> bool:
        """Whether its entries can be read, even if few, old or damaged."""
        return self.state not in UNREADABLE


async def probe_all(
    sources: Iterable[SourceSpec],
    client: FeedFetcher,
    parser: Parser,
    on_probed: Callable[[ProbeResult], None] = lambda _: None,
) -> list[ProbeResult]:
    """Probe every feed of `sources`; results in their order. The client limits concurrency."""

    async def one(source: SourceSpec, feed: FeedSpec) -> ProbeResult:
        probed = unclaimed_feed(
            feed.url, source.slug, source.language, source.timezone, source.site
        )
        result = probe_result(source.slug, feed.url, await poll_feed(probed, client, parser))
        on_probed(result)
        return result

    return await asyncio.gather(*(one(source, feed) for source in sources for feed in source.feeds))


def unclaimed_feed(
    url: str,
    slug: str = "",
    language: str = "",
    timezone: str = DEFAULT_TIMEZONE,
    site: str = "",
    configured_url: str | None = None,
) -> FeedForPoll:
    """A feed that has never been polled. `configured_url`: as `FeedClient.fetch` has it."""
    return FeedForPoll(
        id=0,
        url=url,
        source_id=0,
        source_slug=slug,
        language=language,
        timezone=timezone,
        site=site,
        configured_url=configured_url,
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


def probe_result(source: str, url: str, poll: PollResult) -> ProbeResult:
    """What one poll of a feed of `source` says about it."""
    if poll.document is None:
        return _failure_result(source, url, poll)
    document, now = poll.document, poll.read_at
    problem = document.problems[0] if document.problems else None
    moved_to = poll.permanent_url if poll.permanent_url != url else None
    facts = FeedFacts(
        enabled=True,
        status="damaged" if problem else "healthy",
        error_kind=problem.kind if problem else None,
        adopted_url=moved_to,
        took_ms=round(poll.took_s * 1000),
        last_success_at=now,
        newest_at=document.newest_at,
    )
    return ProbeResult(
        source=source,
        url=url,
        state=feed_state(facts),
        took_s=poll.took_s,
        kind=problem.kind if problem else None,
        detail="; ".join(problem.detail for problem in document.problems if problem.detail),
        moved_to=moved_to,
        format=document.format,
        title=document.title,
        entries=len(document.entries),
        newest_at=document.newest_at,
        silent_days=(now - document.newest_at).days if document.newest_at else None,
    )


def _failure_result(source: str, url: str, poll: PollResult) -> ProbeResult:
    failure = poll.failure
    if failure is None:  # another feed of this host was answered 429 a moment ago
        kind, detail, status = "rate_limited", "its host asked to be left alone", "refused"
    else:
        kind, detail, status = failure.kind, failure.detail, status_after_failure(failure)
    return ProbeResult(
        source=source,
        url=url,
        state=feed_state(FeedFacts(enabled=True, status=status, error_kind=kind)),
        took_s=poll.took_s,
        kind=kind,
        detail=detail,
        advertised=failure.advertised if failure else (),
    )
