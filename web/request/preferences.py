"""Display preferences: in a cookie for visitors, in the account for readers.

A reader's browser keeps the cookie as well, so that pages look the same after signing out and
while the database is unavailable.
"""

from __future__ import annotations

from flask import Flask, Response, g

from aggregator.process.readers.preferences import from_cookie, reading_order, to_cookie
from aggregator.services.reading import preferences as service
from aggregator.types import Preferences
from web.caches.filter_options import known_languages
from web.request.auth import current_user
from web.request.cookies import PREFERENCES_COOKIE, delete_cookie, read_cookie, set_cookie
from web.request.database import write_session
from web.request.i18n import LANGUAGES, current_language


def current_preferences() -> Preferences:
    """The display preferences of this request."""
    if "preferences" not in g:
        stored = g.get("stored_preferences") if current_user() else None
        g.preferences = stored or from_cookie(read_cookie(PREFERENCES_COOKIE))
    preferences = g.preferences
    assert isinstance(preferences, Preferences)
    return preferences


def reading_languages() -> tuple[str, ...]:
    """The languages in which this request shows stories, the preferred first."""
    return reading_order(current_language(), current_preferences())


def languages_to_read() -> tuple[str, ...]:
    """The languages to choose from beside that of the interface: those of entries, and our own."""
    known = dict.fromkeys((*LANGUAGES, *known_languages(), *reading_languages()))
    return tuple(language for language in known if language != current_language())


def set_preferences_cookie(response: Response, preferences: Preferences) -> Response:
    """Store the preferences in this browser."""
    text = to_cookie(preferences)
    if text:
        set_cookie(response, PREFERENCES_COOKIE, text)
    elif read_cookie(PREFERENCES_COOKIE):
        delete_cookie(response, PREFERENCES_COOKIE)
    return response


def init_app(app: Flask) -> None:
    """Give templates the preferences, and save a visitor's choices at sign-in."""
    app.jinja_env.globals["languages_to_read"] = languages_to_read
    app.context_processor(lambda: {"preferences": current_preferences()})
    app.after_request(_save_visitor_preferences)


def _save_visitor_preferences(response: Response) -> Response:
    signed_in = g.pop("just_signed_in", None)
    chosen = from_cookie(read_cookie(PREFERENCES_COOKIE))
    if signed_in is None or chosen == Preferences():
        return response
    with write_session() as session:
        preferences = service.adopt_if_unset(session, signed_in, chosen)
    return set_preferences_cookie(response, preferences)
