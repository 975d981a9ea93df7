"""GET /api/v1/openapi.json: the API described for programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from web.api import openapi, params
from web.api.answers import conditional
from web.api.operations import operation
from web.request.database import settings

blueprint = Blueprint("description", __name__)


@blueprint.get("/openapi.json")
@operation("OpenApi", "Open to everybody.")
def show() -> Response:
    """This API as an OpenAPI 3.1 document."""
    params.require_known(request.args)
    return conditional(jsonify(current_document()))


def current_document() -> dict[str, Any]:
    """The document of this application."""
    return openapi.build(current_app.url_map, current_app.view_functions, settings().base_url)
