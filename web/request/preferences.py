"""Display preferences: in a cookie for visitors, in the account for readers.

A reader's browser keeps the cookie as well, so that pages look the same after signing out and
while the database is unavailable.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, g, request

from aggregator.process.readers.preferences import from_cookie, to_cookie
from aggregator.services.reading import preferences as service
from aggregator.types import Preferences
from web.request.auth import current_user
from web.request.database import settings, write_session

PREFERENCES_COOKIE = "marsad_view"
COOKIE_LIFETIME = timedelta(days=365)


def current_preferences() -> Preferences:
    """The display preferences of this request."""
    if "preferences" not in g:
        stored = g.get("stored_preferences") if current_user() else None
        g.preferences = stored or from_cookie(request.cookies.get(PREFERENCES_COOKIE, ""))
    preferences = g.preferences
    assert isinstance(preferences, Preferences)
    return preferences


def set_preferences_cookie(response: Response, preferences: Preferences) -> Response:
    """Store the preferences in this browser."""
    secure = settings().base_url.startswith("https:")
    text = to_cookie(preferences)
    if text:
        response.set_cookie(
            PREFERENCES_COOKIE,
            text,
            max_age=COOKIE_LIFETIME,
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
    elif PREFERENCES_COOKIE in request.cookies:
        response.delete_cookie(PREFERENCES_COOKIE, secure=secure, httponly=True, samesite="Lax")
    return response


def init_app(app: Flask) -> None:
    """Give templates `preferences`, and save a visitor's choices at sign-in."""
    app.context_processor(lambda: {"preferences": current_preferences()})
    app.after_request(_save_visitor_preferences)


def _save_visitor_preferences(response: Response) -> Response:
    signed_in = g.pop("just_signed_in", None)
    chosen = from_cookie(request.cookies.get(PREFERENCES_COOKIE, ""))
    if signed_in is None or chosen == Preferences():
        return response
    with write_session() as session:
        preferences = service.adopt_if_unset(session, signed_in, chosen)
    return set_preferences_cookie(response, preferences)
