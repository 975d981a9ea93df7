"""The state of the installation in Prometheus' terms: what its processes share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from aggregator.storage.replica import Replica
from aggregator.types.monitoring import CounterName, InstallationState

# Help and label of each counter of the pollers, and the values that are shown from the start: a
# series that begins at 1 hides its first event from rate().
_COUNTERS: dict[CounterName, tuple[str, str, tuple[str, ...]]] = {
    "polls": (
        "Polls of feeds",
        "outcome",
        ("new", "unchanged", "failed", "offline", "deferred", "lost"),
    ),
    "poll_failures": ("Failed polls", "kind", ()),
    "stored_entries": ("Entries stored", "change", ("new", "changed")),
    "deliveries": ("Deliveries of hubs processed", "outcome", ("stored", "unreadable", "lost")),
    "hub_requests": ("Requests to hubs", "outcome", ("accepted", "failed")),
    "poller_seconds": ("Seconds that pollers have run: its rate is how many run", "", ()),
}


class InstallationMetrics(Collector):
    """The state at the time of a scrape; None if the database does not answer."""

    def __init__(self, state: InstallationState | None, replica: Replica | None = None) -> None:
        self._state = state
        self._replica = replica

    def collect(self) -> Iterator[Metric]:
        up = 0 if self._state is None else 1
        yield _gauge("database_up", "Whether the database answers", up)
        if self._state is not None:
            yield from _feeds(self._state)
            yield from _work(self._state)
            yield from _space(self._state)
            yield from _counters(self._state.counts)
        if self._replica is not None:
            yield from _replica_gauges(self._replica)


def _feeds(state: InstallationState) -> Iterator[Metric]:
    feeds = state.feeds
    yield _gauge("entries", "Stored entries", feeds.entries)
    yield _gauges("feeds", "Feeds by status", "status", feeds.by_status)
    yield _gauge("feeds_due", "Feeds that wait to be polled", state.lag.feeds)
    help_ = "How long the feed that is due the longest has waited"
    yield _gauge("poll_lag_seconds", help_, state.lag.seconds)
    for name, time, happened in (
        ("last_poll", feeds.last_polled_at, "When a feed was last polled"),
        ("last_successful_poll", feeds.last_success_at, "When a poll last succeeded"),
    ):
        if time is not None:
            yield _gauge(f"{name}_timestamp_seconds", happened, time.timestamp())


def _work(state: InstallationState) -> Iterator[Metric]:
    yield _gauges("queue_length", "What waits for a poller", "queue", state.queues)
    yield _gauges(
        "websub_subscriptions", "Subscriptions at hubs by state", "state", state.subscriptions
    )


def _space(state: InstallationState) -> Iterator[Metric]:
    yield _gauge("database_size_bytes", "Size of the database", state.database_bytes)
    if state.disk is not None:
        yield _gauge("disk_size_bytes", "Size of the database's disk", state.disk.total)
        yield _gauge("disk_free_bytes", "Free space on the database's disk", state.disk.free)


def _replica_gauges(replica: Replica) -> Iterator[Metric]:
    """What the process that answers the scrape knows of the replica."""
    yield _gauge("replica_usable", "Whether visitors read from the replica", replica.is_usable())
    if replica.state.lag_s is not None:
        lag = "How far the replica is behind the primary"
        yield _gauge("replica_lag_seconds", lag, replica.state.lag_s)


def _counters(counts: Mapping[tuple[str, str], int]) -> Iterator[Metric]:
    for name, (help_, label, known) in _COUNTERS.items():
        family = CounterMetricFamily(f"marsad_{name}", help_, labels=(label,) if label else ())
        values = dict.fromkeys(known or ([""] if not label else []), 0)
        values |= {kind: count for (counted, kind), count in counts.items() if counted == name}
        for kind, count in sorted(values.items()):
            family.add_metric((kind,) if label else (), count)
        yield family


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(f"marsad_{name}", help_, value=value)


def _gauges(name: str, help_: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(f"marsad_{name}", help_, labels=(label,))
    for value, count in sorted(values.items()):
        family.add_metric((value,), count)
    return family
