"""Polls while nothing can be reached: no feed is to blame for them."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.process.feeds.host_shares import authority
from aggregator.process.feeds.outage import UNREACHED, NetworkWatch
from aggregator.services.ingest.read_feed import PollResult

log = logging.getLogger("marsad.polling")


class Outages:
    """Tells from the polls of one process whether its network is down."""

    def __init__(self, retry_every: timedelta) -> None:
        """`retry_every`: how soon feeds are polled again meanwhile, for the log."""
        self._retry_every = retry_every
        self._network = NetworkWatch()
        self._since: datetime | None = None

    def judge(self, result: PollResult) -> PollResult:
        """Return the result, `is_offline` if no host can be reached; log when that changes."""
        if result.deferred_for is not None:
            return result  # nothing was requested
        feed, failure, was_down = result.feed, result.failure, self._network.is_down
        kind = failure.kind if failure else None
        self._network.note(authority(feed.url), kind, failed_before=feed.failures > 0)
        is_down = self._network.is_down
        if is_down != was_down:
            self._log_change(result)
        is_offline = is_down and failure is not None and failure.kind in UNREACHED
        return replace(result, is_offline=is_offline)

    def _log_change(self, result: PollResult) -> None:
        if self._since is None:
            self._since = result.read_at
            log.error(
                "no feed can be reached, %s the last (%s); all are tried again every %s",
                authority(result.feed.url),
                result.failure and f"{result.failure.kind}: {result.failure.detail}",
                self._retry_every,
            )
        else:
            log.warning("feeds can be reached again, after %s", result.read_at - self._since)
            self._since = None
