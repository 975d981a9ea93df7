"""How pages look to whoever asks: a cookie for visitors, the account for readers.

A reader's browser keeps the cookie as well, so that pages look the same after signing out and
where the database cannot be asked.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, g, request

from aggregator.process.readers.preferences import from_text, to_text
from aggregator.services.reading import preferences as service
from aggregator.types import Preferences
from web.request.auth import current_user
from web.request.database import settings, writing

COOKIE = "marsad_view"
LIFE = timedelta(days=365)


def current_preferences() -> Preferences:
    """How this request's pages look."""
    if "preferences" not in g:
        stored = g.get("stored_preferences") if current_user() else None
        g.preferences = stored or from_text(request.cookies.get(COOKIE, ""))
    preferences = g.preferences
    assert isinstance(preferences, Preferences)
    return preferences


def remember(response: Response, preferences: Preferences) -> Response:
    """Let this browser keep them."""
    secure = settings().base_url.startswith("https:")
    text = to_text(preferences)
    if text:
        response.set_cookie(
            COOKIE, text, max_age=LIFE, secure=secure, httponly=True, samesite="Lax"
        )
    elif COOKIE in request.cookies:
        response.delete_cookie(COOKIE, secure=secure, httponly=True, samesite="Lax")
    return response


def init_app(app: Flask) -> None:
    """Tell templates, and take over at sign-in what a visitor chose."""
    app.context_processor(lambda: {"preferences": current_preferences()})
    app.after_request(_adopt)


def _adopt(response: Response) -> Response:
    signed_in = g.pop("just_signed_in", None)
    chosen = from_text(request.cookies.get(COOKIE, ""))
    if signed_in is None or chosen == Preferences():
        return response
    with writing() as session:
        preferences = service.adopt(session, signed_in, chosen)
    return remember(response, preferences)
