"""Liveness, readiness and metrics, for supervisors and monitoring."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, Response, jsonify, request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import SQLAlchemyError

from aggregator.services.reading.entries import totals
from aggregator.storage.schema import current_revision, head_revision
from web.request.auth import require
from web.request.database import database, read_session
from web.serving.metrics import exposition

blueprint = Blueprint("health", __name__)

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


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
    """Metrics in Prometheus' text format, for operators and for programs on this machine."""
    if not _from_this_machine():
        require("metrics.read")
    return Response(exposition(totals(read_session())), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _from_this_machine() -> bool:
    """Whether the request comes from loopback and not through a proxy."""
    try:
        loopback = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    return loopback and not any(name in request.headers for name in _FORWARDED)
