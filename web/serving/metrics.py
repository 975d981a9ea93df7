"""Metrics for Prometheus: what web processes do, and the state of the installation.

They do not show who read what: requests are counted by endpoint, not by address.
"""

from __future__ import annotations

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from aggregator.services.accounts.mail import Mailer
from aggregator.types.monitoring import InstallationState
from web.serving.installation_metrics import InstallationMetrics
from web.state import app_state, state_of

# Names the folder where processes count; prometheus_client reads it when it is imported.
MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class WebMetrics:
    """What this web process has done."""

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
        self._deliveries = self._outcomes(
            "received_deliveries", "Deliveries of hubs received", "accepted", "unsigned"
        )
        self._mails = self._outcomes("mails", "Mails", "sent", "failed")
        self._deferred = self._outcomes(
            "deferred_writes", "Writes that found the database busy", "queued", "lost"
        )

        self._replica_failures = Counter(
            "marsad_replica_failures",
            "Requests begun on the read replica and answered from the primary",
            registry=self.registry,
        )

    def _outcomes(self, name: str, help_: str, *known: str) -> Counter:
        """A counter by outcome, which shows the `known` ones from the start."""
        counter = Counter(f"marsad_{name}", help_, ("outcome",), registry=self.registry)
        for outcome in known:
            counter.labels(outcome)
        return counter

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

    def count_delivery(self, *, accepted: bool) -> None:
        """Count a delivery of a hub."""
        self._deliveries.labels("accepted" if accepted else "unsigned").inc()

    def count_mail(self, *, sent: bool) -> None:
        """Count a mail that was sent, or that the mail server did not take."""
        self._mails.labels("sent" if sent else "failed").inc()

    def count_deferred(self, *, lost: bool) -> None:
        """Count a write that waits for the database, or that was given up."""
        self._deferred.labels("lost" if lost else "queued").inc()


class CountedMailer:
    """Counts what `mailer` sends."""

    def __init__(self, mailer: Mailer, metrics: WebMetrics) -> None:
        self._mailer = mailer
        self._metrics = metrics

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a text. Raises OSError."""
        try:
            self._mailer.send(to, subject, text)
        except OSError:
            self._metrics.count_mail(sent=False)
            raise
        self._metrics.count_mail(sent=True)


def init_app(app: Flask) -> None:
    """Count the requests of this application."""
    metrics = state_of(app).metrics
    app.before_request(metrics.start)
    app.after_request(metrics.finish)


def exposition(state: InstallationState | None) -> bytes:
    """All metrics in Prometheus' text format; `state` is None if the database does not answer."""
    installation = CollectorRegistry()
    installation.register(InstallationMetrics(state, app_state().replica))
    return generate_latest(installation) + generate_latest(_requests())


def _requests() -> CollectorRegistry:
    """The metrics of this process; of all where several share a port."""
    folder = os.environ.get(MULTIPROCESS_VARIABLE)
    if not folder:
        return app_state().metrics.registry
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]  # registers itself
    return together
