"""Callbacks for hubs: they verify a subscription and deliver news. The address is the secret."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, request

from aggregator.services.ingest import pushes, websub
from web.request.auth import now
from web.request.database import database
from web.state import app_state, state_of

blueprint = Blueprint("websub", __name__, url_prefix="/websub")


def init_app(app: Flask) -> None:
    """Open the callbacks."""
    state_of(app).csrf.exempt(blueprint)  # what a hub sends is signed instead
    app.register_blueprint(blueprint)


@blueprint.get("/<token>")
def verify(token: str) -> Response:
    """Confirm a subscription of ours by returning the challenge."""
    challenge = websub.verify_intent(database(), token, request.args, now())
    return Response(challenge, mimetype="text/plain")


@blueprint.post("/<token>")
def receive(token: str) -> Response:
    """Queue a delivery for the poller; the answer does not tell whether its signature was right."""
    subscription = pushes.find_subscription(database(), token, now())
    request.max_content_length = app_state().max_push_bytes
    accepted = pushes.receive_push(
        database(),
        subscription,
        request.headers.get("Content-Type", ""),
        request.get_data(cache=False),
        request.headers.get("X-Hub-Signature", ""),
        now(),
    )
    app_state().metrics.count_delivery(accepted=accepted)
    return Response(status=202)
