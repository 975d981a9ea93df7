"""The kind of client: a program, a script of our pages, or a browser showing a page."""

from __future__ import annotations

from flask import request

_API_PATHS = ("/api/", "/reader/", "/accounts/", "/metrics", "/websub/")
_FEED_BLUEPRINTS = ("topic_feeds", "list_feeds", "personal_feeds")


def is_api_request() -> bool:
    """Whether a program asks: a token counts instead of the cookie, and errors are JSON.

    Decided by address, so that it holds for addresses that do not exist, too; only feeds share
    theirs with pages.
    """
    return request.path.startswith(_API_PATHS) or request.blueprint in _FEED_BLUEPRINTS


def wants_json() -> bool:
    """Whether a script of our pages asks, which shows the answer itself."""
    return request.method == "POST" and request.accept_mimetypes.best == "application/json"
