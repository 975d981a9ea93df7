"""Changing display preferences, for readers and visitors."""

from __future__ import annotations

from dataclasses import asdict

from flask import (
    Blueprint,
    Flask,
    Response,
    jsonify,
    make_response,
    redirect,
    request,
)

from aggregator.process.readers.preferences import apply_form
from aggregator.services.reading import preferences as service
from aggregator.types import Preferences, User
from web.request.auth import current_user
from web.request.database import write_session
from web.request.i18n import translate
from web.request.preferences import current_preferences, set_preferences_cookie
from web.request.security import safe_next
from web.state import app_state, state_of

blueprint = Blueprint("preferences", __name__)


def init_app(app: Flask) -> None:
    """Add the route; visitors need no CSRF token, as they have nothing to protect."""
    app.register_blueprint(blueprint)
    state_of(app).csrf.exempt(blueprint)


@blueprint.post("/preferences")
def save() -> Response:
    """Change some preferences and go back, or answer a script with all of them."""
    reader = current_user()
    preferences = _save(reader) if reader else apply_form(current_preferences(), _form_values())
    if request.accept_mimetypes.best == "application/json":
        response = jsonify(preferences=asdict(preferences), message=translate("preferences.saved"))
    else:
        response = make_response(redirect(safe_next(request.form.get("next")), 303))
    return set_preferences_cookie(response, preferences)


def _save(reader: User) -> Preferences:
    app_state().csrf.protect()
    with write_session() as session:
        return service.save(session, reader, _form_values())


def _form_values() -> dict[str, str]:
    """The last value of each field, so that a checkbox may follow a hidden "0".

    The languages are several fields of one name, of which some may be empty.
    """
    form = {name: values[-1] for name, values in request.form.lists()}
    if "languages" in form:
        form["languages"] = "-".join(filter(None, request.form.getlist("languages")))
    return form
