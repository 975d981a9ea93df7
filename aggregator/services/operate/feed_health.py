"""The health of feeds, and commands of operators on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import FeedCommandError, NotFound
from aggregator.networks import is_private_url
from aggregator.process.deadlines import is_past
from aggregator.process.feeds.health import (
    KEPT_DAYS,
    SHOWN_DAYS,
    STATES,
    arrivals,
    entries_per_day,
    pad_days,
)
from aggregator.process.feeds.schedule import MAX_HOST_BACKOFF
from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.feeds import commands as store
from aggregator.storage.feeds import days as feed_days
from aggregator.storage.feeds import overview
from aggregator.types import (
    FeedDay,
    FeedHealth,
    FeedHealthPage,
    FeedHistory,
    FeedState,
    SourceOverview,
)

PAGE_SIZE = 60
RUN_INTERVAL = timedelta(days=1)

# --- reports -----------------------------------------------------------------------------------


def list_feed_reports(
    session: Session, now: datetime, only: FeedState | None = None, page: int = 1
) -> FeedHealthPage:
    """Feeds for operators, the worst state and the longest time in it first.

    `only`: those in one state; `page` is 1-based. Feeds no longer configured appear only if `only`
    asks for them.
    """
    feeds = overview.list_feeds(session)
    counted = Counter(feed.status for feed in feeds)
    selected = [feed for feed in feeds if feed.status == only or (not only and feed.enabled)]
    selected.sort(key=_severity)
    start = (max(page, 1) - 1) * PAGE_SIZE
    shown = selected[start : start + PAGE_SIZE]
    days = feed_days.list_days(session, [feed.id for feed in shown], _first(now))
    return FeedHealthPage(
        reports=tuple(_report(feed, days.get(feed.id, ()), now.date()) for feed in shown),
        counts={state: counted[state] for state in STATES if counted[state]},
        next_page=max(page, 1) + 1 if start + PAGE_SIZE < len(selected) else None,
    )


def feed_report(session: Session, feed_id: int, now: datetime) -> FeedHistory:
    """A feed with its last 30 days. Raises NotFound."""
    feed = overview.find_feed(session, feed_id)
    days = feed_days.list_days(session, [feed_id], _first(now))
    return _report(feed, days.get(feed_id, ()), now.date())


def with_entry_rates(
    session: Session, sources: Iterable[SourceOverview], now: datetime
) -> tuple[SourceOverview, ...]:
    """Sources with the number of entries a day in each of their feeds."""
    sources = tuple(sources)
    ids = [feed.id for source in sources for feed in source.feeds]
    arrived = feed_days.count_arrivals(session, ids, _first(now), now.date())

    def with_rate(feed: FeedHealth) -> FeedHealth:
        rate = entries_per_day(arrived.get(feed.id), now.date(), feed.mean_gap_s)
        return replace(feed, entries_per_day=rate)

    return tuple(replace(each, feeds=tuple(map(with_rate, each.feeds))) for each in sources)


def find_feeds(session: Session, address: str) -> list[FeedHealth]:
    """The feed at a URL, or the feeds of the source with that slug. Raises NotFound."""
    ids = store.find_feed_ids(session, address)
    if not ids:
        raise NotFound("source or feed", address)
    return [overview.find_feed(session, feed_id) for feed_id in ids]


def _report(feed: FeedHealth, days: Iterable[FeedDay], today: date) -> FeedHistory:
    known = tuple(days)
    rate = entries_per_day(arrivals(known, today), today, feed.mean_gap_s)
    return FeedHistory(replace(feed, entries_per_day=rate), pad_days(known, today))


def _severity(feed: FeedHealth) -> tuple[int, bool, datetime | None, int]:
    return STATES.index(feed.status), feed.since is None, feed.since, feed.id


def _first(now: datetime) -> date:
    return now.date() - timedelta(days=SHOWN_DAYS - 1)


# --- commands -------------------------------------------------------------------------------------


def poll_now(session: Session, feed_id: int, now: datetime) -> FeedHealth:
    """Have a feed polled at once by any running poller. Raises NotFound, FeedCommandError."""
    feed = overview.find_feed(session, feed_id)
    if not store.schedule_now(session, feed_id, now):
        raise _refusal(feed, now)
    return feed


def resume(session: Session, feed_id: int, now: datetime) -> FeedHealth:
    """Have a feed polled at once that is gone or slowed down. Raises NotFound, FeedCommandError."""
    feed = overview.find_feed(session, feed_id)
    if not store.resume(session, feed_id, now):
        raise _refusal(feed, now)
    return feed


def adopt_url(session: Session, feed_id: int, url: str, now: datetime) -> FeedHealth:
    """Poll a feed at one of its `alternative_urls` from now on, starting at once.

    The configuration is left to the operator: until it is changed, the feed is shown as moved.
    Raises NotFound, FeedCommandError.
    """
    feed = overview.find_feed(session, feed_id)
    if url not in {address for _, address in alternative_urls(session, feed)}:
        raise FeedCommandError(
            "error.feed_address", feed_id, f"{feed.url} neither moved to {url} nor advertises it"
        )
    if is_private_url(url) and not is_private_url(feed.url):
        raise FeedCommandError(
            "error.feed_private",
            feed_id,
            f"{url} leads into a private network, where {feed.url}, a public feed, is not polled",
        )
    if not store.adopt(session, feed_id, None if url == feed.url else url, now):
        raise _refusal(feed, now)
    return feed


def alternative_urls(session: Session, feed: FeedHealth) -> list[tuple[str, str]]:
    """(title, URL) of where the feed may be polled instead; titles may be empty.

    What its page advertises, where its publisher redirects to, and its own URL if it is polled at
    another one now.
    """
    found = list(feed.advertised)
    moved_to = store.find_redirect(session, feed.id)
    found += [("", url) for url in (moved_to, feed.url if feed.adopted_url else None) if url]
    urls = dict.fromkeys(url for _, url in found if url != feed.adopted_url)
    titles = {url: title for title, url in reversed(found)}
    return [(titles[url], url) for url in urls]


def _refusal(feed: FeedHealth, now: datetime) -> FeedCommandError:
    if not feed.enabled:
        return FeedCommandError("error.feed_disabled", feed.id, f"{feed.url} is not in the config")
    if feed.not_before and not is_past(feed.not_before, now, MAX_HOST_BACKOFF):
        until = f"{feed.not_before:%Y-%m-%d %H:%M} UTC"
        return FeedCommandError(
            "error.feed_waits",
            feed.id,
            f"the publisher of {feed.url} asked to be left alone until {until}",
            until=feed.not_before,
        )
    return FeedCommandError(
        "error.feed_gone", feed.id, f"{feed.url} is gone; resume it to poll it again"
    )


# --- housekeeping -----------------------------------------------------------------------------


def delete_old_days(database: Database, now: datetime) -> None:
    """Delete days older than those kept, once a day per installation."""
    with database.write() as session:
        if jobs.claim_daily_run(session, "feed days", RUN_INTERVAL, now):
            feed_days.delete_before(session, now.date() - timedelta(days=KEPT_DAYS))
