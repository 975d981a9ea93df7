"""Discover the feeds behind an address that a reader gave: of a page, or the feed itself.

Every document passes the guard, the limits and the worker processes of polling; no transaction is
open. Feeds of a page may reach no network that the page itself is not in.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.networks import is_private_url
from aggregator.process.html.urls import feed_key
from aggregator.services.ingest.probe import probe_result, unclaimed_feed
from aggregator.services.ingest.read_feed import FeedFetcher, Parser, PollResult, poll_feed
from aggregator.types import FoundFeed, Headline, PreparedFeed
from aggregator.types.limits import MAX_TITLE
from aggregator.urls import parse_web_url, resolve_url

# Maximum feeds of a page to read.
MAX_FEEDS = 5
MAX_HEADLINES = 5
# Where sites keep a feed that their pages do not advertise.
COMMON_PATHS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml")
_COMMENTS = re.compile(r"comment|تعليقات", re.IGNORECASE)
_USUAL_PORTS = (None, 80, 443)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What is at the address itself."""

    feed: FoundFeed | None = None
    """Set if it is a feed."""
    advertised: tuple[str, ...] = ()
    """The feeds that the page at the address advertises; those of comments only if no others."""
    kind: str = ""
    """Why it is no feed, a kind of problem."""


def is_askable(url: str) -> bool:
    """Whether readers may have this address fetched: not at any port of somebody else's machine.

    In the operator's own networks the guard decides.
    """
    parts = parse_web_url(url)
    return parts is not None and (parts.port in _USUAL_PORTS or is_private_url(url))


async def look_at(address: str, client: FeedFetcher, parser: Parser) -> FirstLook:
    """Read what is at an address."""
    unclaimed = unclaimed_feed(address, configured_url=_opens(address))
    poll = await poll_feed(unclaimed, client, parser)
    if feed := found_feed(address, poll):
        return FirstLook(feed)
    result = probe_result("", address, poll)
    return FirstLook(advertised=_of_articles(result.advertised), kind=result.kind or "")


async def read_feeds(
    page: str, urls: Sequence[str], client: FeedFetcher, parser: Parser
) -> tuple[FoundFeed, ...]:
    """Read the feeds of a page, without those that cannot be read, each once."""

    async def one(url: str) -> FoundFeed | None:
        feed = unclaimed_feed(url, configured_url=_opens(page))
        return found_feed(url, await poll_feed(feed, client, parser))

    found = await asyncio.gather(*map(one, urls[:MAX_FEEDS]))
    by_key: dict[int | str, FoundFeed] = {}
    for feed in filter(None, found):
        by_key.setdefault(feed_key(feed.url), feed)
    return tuple(by_key.values())


async def try_common_paths(page: str, client: FeedFetcher, parser: Parser) -> tuple[FoundFeed, ...]:
    """The first readable feed at an address where sites commonly have one."""
    for path in COMMON_PATHS:
        url = resolve_url(path, page)
        if url and (found := await read_feeds(page, [url], client, parser)):
            return found
    return ()


def _opens(page: str) -> str:
    """What may open one of the operator's networks (`FeedClient.fetch`): not a public name.

    Its owner could point it there, and learn what answers.
    """
    return page if is_private_url(page) else ""


def found_feed(url: str, poll: PollResult) -> FoundFeed | None:
    """A feed as it was read; None if it could not be."""
    document = poll.document
    if document is None:
        return None
    result = probe_result("", url, poll)
    return FoundFeed(
        url=result.moved_to or url,
        title=document.title[:MAX_TITLE],
        language=_language(document),
        site=document.site_url or "",
        headlines=_headlines(document),
        state=result.state,
        kind=result.kind,
        format=document.format,
        entries=len(document.entries),
        newest_at=document.newest_at,
        took_ms=round(1000 * result.took_s),
    )


def _language(document: PreparedFeed) -> str:
    """The language of most entries, by their own texts; "" if none is clear."""
    counts = Counter(entry.language for entry in document.entries if entry.language)
    return counts.most_common(1)[0][0] if counts else ""


def _headlines(document: PreparedFeed) -> tuple[Headline, ...]:
    entries = sorted(
        document.entries, key=lambda entry: entry.published_at or _LONG_AGO, reverse=True
    )
    return tuple(
        Headline(entry.title, entry.language, entry.published_at)
        for entry in entries
        if entry.title
    )[:MAX_HEADLINES]


def _of_articles(advertised: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The URLs of the feeds, without those of comments if there are others."""
    feeds = tuple((title, url) for title, url in advertised if is_askable(url))
    articles = [url for title, url in feeds if not _COMMENTS.search(f"{title} {url}")]
    return tuple(articles or (url for _, url in feeds))
