"""Liveness, readiness and metrics, for supervisors and monitoring."""

from __future__ import annotations

import hmac
import logging

from flask import Blueprint, Response, jsonify, request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import SQLAlchemyError

from aggregator.services.operate.monitoring import installation_state
from aggregator.storage.engine import driver_error
from aggregator.storage.schema import current_revision, head_revision
from aggregator.types.monitoring import InstallationState
from web.request.auth import now, require
from web.request.database import database, read_session, settings
from web.serving.metrics import exposition
from web.state import app_state

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Liveness: the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Readiness: the database answers and has the schema of this version."""
    try:
        migrated = current_revision(database()) == head_revision()
    except SQLAlchemyError:
        return jsonify(status="unavailable", reason="the database does not answer"), 503
    if not migrated:
        return jsonify(status="unavailable", reason="the database is not migrated"), 503
    return jsonify(status="ok"), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Metrics in Prometheus' text format, for operators and programs with the configured token.

    Not by address: behind a proxy, every visitor comes from this machine.
    """
    if not _has_metrics_token():
        require("metrics.read")
    return Response(exposition(_state()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _state() -> InstallationState | None:
    """None if the database does not answer: then the requests that it failed are news."""
    longest = app_state().longest_poll_wait
    try:
        return installation_state(database(), read_session(), now(), longest)
    except SQLAlchemyError as error:
        log.warning("/metrics: %s", driver_error(error))
        return None


def _has_metrics_token() -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    expected = settings().metrics_token
    return (
        bool(expected)
        and scheme.lower() == "bearer"
        and hmac.compare_digest(given.strip().encode(), expected.encode())
    )
