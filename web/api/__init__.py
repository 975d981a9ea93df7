"""The JSON API for programs: every view of it is below one blueprint, /api/v1."""

from __future__ import annotations

from flask import Blueprint

from web.api import entries, feeds, search, stories, topics
from web.request.auth import current_user


def create_blueprint() -> Blueprint:
    """The blueprint of all views, for one application."""
    api_v1 = Blueprint("api_v1", __name__, url_prefix="/api/v1")
    api_v1.before_request(_check_token)
    for views in (entries, search, stories, feeds, topics):
        api_v1.register_blueprint(views.blueprint)
    return api_v1


def _check_token() -> None:
    """Refuse a bad token before any view runs, also where a view would not look."""
    current_user()
