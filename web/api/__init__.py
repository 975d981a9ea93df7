"""The JSON API for programs: every view of it is below one blueprint, /api/v1."""

from __future__ import annotations

from flask import Blueprint, request
from flask_wtf.csrf import CSRFProtect

from web.api import (
    changes,
    description,
    dispatches,
    entries,
    feeds,
    follow,
    insights,
    marking,
    owners,
    research,
    search,
    stories,
    topics,
)
from web.request.auth import current_user, require_write_token

_VIEWS = (
    entries, changes, insights, marking, search, research, stories, feeds, owners, follow, topics,
    dispatches, description,
)  # fmt: skip
_READING = ("GET", "HEAD", "OPTIONS")


def create_blueprint(csrf: CSRFProtect) -> Blueprint:
    """The blueprint of all views, for one application.

    `csrf` lets their changes through: those need a token, which no page of another site has.
    """
    api_v1 = Blueprint("api_v1", __name__, url_prefix="/api/v1")
    api_v1.before_request(_check_token)
    for views in _VIEWS:
        csrf.exempt(views.blueprint)
        api_v1.register_blueprint(views.blueprint)
    return api_v1


def _check_token() -> None:
    """Refuse a bad token before any view runs, and a change without one that allows it."""
    if request.method in _READING:
        current_user()
    else:
        require_write_token()
