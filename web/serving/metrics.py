"""Metrics for Prometheus: requests by endpoint, and the state of the installation.

They do not show who read what: requests are counted by endpoint, not by address.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from aggregator.storage.feeds.overview import Totals
from aggregator.storage.replica import Replica
from web.state import app_state, state_of

# Names the folder where processes count; prometheus_client reads it when it is imported.
MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class RequestMetrics:
    """The requests that this process has answered."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count = Counter(
            "marsad_requests",
            "Requests answered",
            ("endpoint", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "marsad_request_seconds",
            "Time to answer, without the server's own part",
            ("endpoint",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )
        self._replica_failures = Counter(
            "marsad_replica_failures",
            "Requests begun on the read replica and answered from the primary",
            registry=self.registry,
        )

    def count_replica_failure(self) -> None:
        """Count a request that the replica failed."""
        self._replica_failures.inc()

    def start(self) -> None:
        """Note when a request arrived."""
        g.started = time.perf_counter()

    def finish(self, response: Response) -> Response:
        """Count an answered request and its time."""
        endpoint = request.endpoint or "none"
        method = request.method if request.method in _METHODS else "other"
        self._count.labels(endpoint, method, str(response.status_code)).inc()
        if "started" in g:
            self._seconds.labels(endpoint).observe(time.perf_counter() - g.started)
        return response


class _Installation(Collector):
    """The state of the installation at the time of a scrape."""

    def __init__(self, totals: Totals, replica: Replica | None) -> None:
        self._totals = totals
        self._replica = replica

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("marsad_entries", "Stored entries", value=self._totals.entries)
        feeds = GaugeMetricFamily("marsad_feeds", "Feeds by status", labels=("status",))
        for status, count in sorted(self._totals.feeds_by_status.items()):
            feeds.add_metric((status,), count)
        yield feeds
        last = self._totals.last_success_at
        if last is not None:
            yield GaugeMetricFamily(
                "marsad_last_successful_poll_timestamp_seconds",
                "When a feed was last polled without an error",
                value=last.timestamp(),
            )
        if self._replica is not None:
            yield from _replica_gauges(self._replica)


def _replica_gauges(replica: Replica) -> Iterator[Metric]:
    """What the process that answers the scrape knows of the replica."""
    usable = "Whether visitors read from the replica"
    yield GaugeMetricFamily("marsad_replica_usable", usable, value=replica.is_usable())
    if replica.state.lag_s is not None:
        lag = "How far the replica is behind the primary"
        yield GaugeMetricFamily("marsad_replica_lag_seconds", lag, value=replica.state.lag_s)


def init_app(app: Flask) -> None:
    """Count the requests of this application."""
    metrics = state_of(app).metrics
    app.before_request(metrics.start)
    app.after_request(metrics.finish)


def exposition(totals: Totals) -> bytes:
    """All metrics in Prometheus' text format."""
    installation = CollectorRegistry()
    installation.register(_Installation(totals, app_state().replica))
    return generate_latest(installation) + generate_latest(_requests())


def _requests() -> CollectorRegistry:
    """The metrics of this process; of all where several share a port."""
    folder = os.environ.get(MULTIPROCESS_VARIABLE)
    if not folder:
        return app_state().metrics.registry
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]  # registers itself
    return together
