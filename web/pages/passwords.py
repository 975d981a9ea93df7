"""Setting a new password by a link, and asking for one.

These pages are open even if only people with accounts may read.
"""

from __future__ import annotations

from functools import partial
from threading import Thread

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.errors import InvalidInput, TooManyAttempts
from aggregator.services.accounts import password_links
from aggregator.services.accounts.mail import Mailer
from web.request import auth
from web.request.auth import now
from web.request.database import database, read_session, settings, write_session
from web.request.errors import form_response, retry_after_s
from web.request.flashes import flash
from web.request.i18n import translate
from web.state import app_state

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


@blueprint.route("/forgot", methods=("GET", "POST"))
def forgot() -> Response:
    """Say what to do about a forgotten password; mail a link if mail is configured.

    The answer is the same for an unknown name: it is looked up once the page is sent.
    """
    mailer = app_state().mailer
    if request.method == "GET" or mailer is None:
        return _forgot_page(mailer)
    name = request.form.get("name", "")
    try:
        with write_session() as session:
            password_links.record_request(session, name, request.remote_addr or "", now())
    except TooManyAttempts as error:
        return _forgot_page(mailer, error)
    message = password_links.LinkMessage(
        mailer,
        translate("forgot.mail_subject"),
        translate("forgot.mail_text", link=password_links.LINK),
        settings().address + url_for("passwords.reset", token=""),
    )
    mail = partial(password_links.mail_link, database(), name, message, now())
    response = _forgot_page(mailer, sent=True)
    response.call_on_close(Thread(target=mail, name="mail", daemon=True).start)
    return response


def _forgot_page(
    mailer: Mailer | None, error: TooManyAttempts | None = None, *, sent: bool = False
) -> Response:
    page = render_template(
        "accounts/forgot.html",
        mailing=mailer is not None,
        sent=sent,
        error=error,
        wait_s=retry_after_s(error) if error else None,
    )
    return form_response(page, error)
