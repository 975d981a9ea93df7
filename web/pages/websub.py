"""Where hubs ask whether we subscribed, and where they deliver. The address is the secret."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, request

from aggregator.services.ingest import pushes, websub
from web.request.auth import now
from web.request.database import database

blueprint = Blueprint("websub", __name__, url_prefix="/websub")


def init_app(app: Flask, max_size: int) -> None:
    """Open the callbacks; `max_size` is of what a hub may deliver, in bytes."""
    app.config["MARSAD_MAX_PUSH"] = max_size
    app.extensions["csrf"].exempt(blueprint)  # what a hub sends is signed instead
    app.register_blueprint(blueprint)


@blueprint.get("/<token>")
def verify(token: str) -> Response:
    """Did you subscribe? The challenge, where we did."""
    challenge = websub.verify_intent(database(), token, request.args, now())
    return Response(challenge, mimetype="text/plain")


@blueprint.post("/<token>")
def receive(token: str) -> Response:
    """News: kept for the poller. Whether the signature was right is not said."""
    subscription = pushes.find_subscription(database(), token, now())
    request.max_content_length = current_app.config["MARSAD_MAX_PUSH"]
    pushes.receive_push(
        database(),
        subscription,
        request.headers.get("Content-Type", ""),
        request.get_data(cache=False),
        request.headers.get("X-Hub-Signature", ""),
        now(),
    )
    return Response(status=202)
