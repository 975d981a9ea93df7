"""Creating one's own account: openly, by invitation, or as the first of the installation.

These pages are open even if only people with accounts may read.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.errors import (
    InvalidInput,
    InvalidLink,
    MarsadError,
    NameTaken,
    RegistrationClosed,
    TooManyAttempts,
)
from aggregator.services.accounts import first_account, invites, registration
from aggregator.services.accounts.registration import RegistrationRequest
from aggregator.services.accounts.sign_in import NewSession
from aggregator.types import Invite
from web.request import auth
from web.request.auth import now, passwords
from web.request.database import database, read_session, settings
from web.request.errors import form_response, retry_after_s
from web.request.flashes import flash
from web.request.i18n import translate

blueprint = Blueprint("registration", __name__)


@blueprint.route("/register", methods=("GET", "POST"))
def register() -> Response:
    """Create a reader's account, if registration is open."""
    if settings().registration != "open":
        raise RegistrationClosed("registration is not open")
    if request.method == "GET":
        if auth.current_user() is not None:
            return make_response(redirect(url_for("account.show"), 303))
        return _form("register")
    return _create_account(
        "register",
        lambda application: registration.register(database(), passwords(), application, now()),
    )


@blueprint.route("/invite/<token>", methods=("GET", "POST"))
def invite(token: str) -> Response:
    """Create the account that an invitation is for."""
    if settings().registration == "closed":
        raise RegistrationClosed("registration is closed to invitations, too")
    invited = invites.find(read_session(), token, now())
    if request.method == "GET":
        return _form("invite", invite=invited)
    return _create_account(
        "invite",
        lambda application: registration.accept_invite(
            database(), passwords(), token, application, now()
        ),
        invite=invited,
    )


@blueprint.route("/setup/<token>", methods=("GET", "POST"))
def first(token: str) -> Response:
    """Create the first account of this installation, by the link printed in the terminal."""
    if not first_account.is_valid(read_session(), token):
        raise InvalidLink
    if request.method == "GET":
        return _form("setup")
    return _create_account(
        "setup",
        lambda application: registration.create_first_account(
            database(), passwords(), token, application, now()
        ),
    )


def _create_account(
    kind: str, make: Callable[[RegistrationRequest], NewSession], *, invite: Invite | None = None
) -> Response:
    """Create the account and sign in; or show the form again, with its error."""
    try:
        signed_in = make(_read_application())
    except (InvalidInput, NameTaken, TooManyAttempts) as error:
        return _form(kind, error, invite=invite)
    auth.end_session()
    flash(translate(f"{kind}.done"))
    target = "people.index" if kind == "setup" else "entries.mine"
    return auth.sign_in(make_response(redirect(url_for(target), 303)), signed_in)


def _read_application() -> RegistrationRequest:
    return RegistrationRequest(
        name=request.form.get("name", ""),
        password=request.form.get("password", ""),
        repeat=request.form.get("repeat", ""),
        address=request.remote_addr or "",
        user_agent=request.user_agent.string,
    )


def _form(kind: str, error: MarsadError | None = None, *, invite: Invite | None = None) -> Response:
    page = render_template(
        "accounts/register.html",
        kind=kind,
        invite=invite,
        name=request.form.get("name", ""),
        error=error.key if error else None,
        wrong=getattr(error, "field", "name" if isinstance(error, NameTaken) else None),
        wait_s=retry_after_s(error) if error else None,
    )
    response = form_response(page, error)
    response.headers["Cache-Control"] = "private, no-store"  # the address opens an account
    return response
