"""GET /api/v1/owners and /api/v1/owners/SLUG."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aggregator.services.reading import owners
from web.api import params, presenters
from web.api.answers import conditional
from web.api.operations import operation
from web.request.auth import require
from web.request.database import read_session

blueprint = Blueprint("owners", __name__, url_prefix="/owners")


@blueprint.get("")
@operation("OwnerList")
def index() -> Response:
    """List all owners, by kind."""
    require("source.read")
    params.require_known(request.args)
    listed = owners.list_owners(read_session())
    shown = [presenters.owner(view) for views in listed.kinds.values() for view in views]
    return conditional(jsonify(owners=shown, next_cursor=None))


@blueprint.get("/<slug>")
@operation("Owner", statuses=(404,))
def show(slug: str) -> Response:
    """One owner, what it belongs to and what it owns."""
    require("source.read")
    params.require_known(request.args)
    return conditional(jsonify(presenters.owner(owners.find_owner(read_session(), slug))))
