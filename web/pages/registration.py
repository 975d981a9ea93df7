"""Making an account for oneself: openly, by invitation, or as the first of all.

These pages are there for everybody, also where only people with accounts may read.
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
    """A reader's account, where registration is open."""
    if settings().registration != "open":
        raise RegistrationClosed("registration is not open")
    if request.method == "GET":
        if auth.current_user() is not None:
            return make_response(redirect(url_for("account.show"), 303))
        return _form("register")
    return _create_account("register", _register)


@blueprint.route("/invite/<token>", methods=("GET", "POST"))
def invite(token: str) -> Response:
    """The account that an invitation is for."""
    if settings().registration == "closed":
        raise RegistrationClosed("invitations are not taken")
    invited = invites.find(read_session(), token, now())
    if request.method == "GET":
        return _form("invite", invite=invited)
    return _create_account("invite", lambda wanted: _accept(token, wanted), invite=invited)


@blueprint.route("/setup/<token>", methods=("GET", "POST"))
def first(token: str) -> Response:
    """The first account of this installation, by the link that the terminal showed."""
    if not first_account.is_valid(read_session(), token):
        raise InvalidLink
    if request.method == "GET":
        return _form("setup")
    return _create_account("setup", lambda wanted: _set_up(token, wanted))


def _register(wanted: RegistrationRequest) -> NewSession:
    return registration.register(database(), passwords(), wanted, now())


def _accept(token: str, wanted: RegistrationRequest) -> NewSession:
    return registration.accept_invite(database(), passwords(), token, wanted, now())


def _set_up(token: str, wanted: RegistrationRequest) -> NewSession:
    return registration.create_first_account(database(), passwords(), token, wanted, now())


def _create_account(
    kind: str, make: Callable[[RegistrationRequest], NewSession], *, invite: Invite | None = None
) -> Response:
    """Make the account and go on as it; or the form again, with what was wrong."""
    try:
        signed_in = make(_application())
    except (InvalidInput, NameTaken, TooManyAttempts) as error:
        return _form(kind, error, invite=invite)
    auth.end_session()
    flash(translate(f"{kind}.done"))
    target = "people.index" if kind == "setup" else "entries.mine"
    return auth.sign_in(make_response(redirect(url_for(target), 303)), signed_in)


def _application() -> RegistrationRequest:
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
