"""Setting a new password by a link, and asking for one.

These pages are open even if only people with accounts may read.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.errors import InvalidInput
from aggregator.services.accounts import password_links
from web.request import auth
from web.request.auth import now
from web.request.database import database, read_session
from web.request.errors import form_response
from web.request.flashes import flash
from web.request.i18n import translate

blueprint = Blueprint("passwords", __name__)


@blueprint.route("/password/<token>", methods=("GET", "POST"))
def reset(token: str) -> Response:
    """Set a new password by a link that works once."""
    user = password_links.find_user(read_session(), token, now())
    error = None
    if request.method == "POST":
        try:
            password_links.set_password(
                database(),
                auth.passwords(),
                token,
                request.form.get("password", ""),
                request.form.get("repeat", ""),
                now(),
            )
        except InvalidInput as caught:
            error = caught
        else:
            auth.end_session()
            flash(translate("password.done"))
            return auth.sign_out(make_response(redirect(url_for("session.new"), 303)))
    page = render_template("accounts/password.html", user=user, error=error)
    response = form_response(page, error)
    response.headers["Cache-Control"] = "private, no-store"  # the address opens an account
    return response


@blueprint.get("/forgot")
def forgot() -> Response:
    """Say what to do about a forgotten password."""
    return make_response(render_template("accounts/forgot.html"))
