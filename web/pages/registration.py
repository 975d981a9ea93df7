"""Making an account for oneself: openly, by invitation, or as the first of all.

These pages are there for everybody, also where only people with accounts may read.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.errors import (
    InvalidInput,
    LinkWorthless,
    MarsadError,
    NameTaken,
    RegistrationClosed,
    TooManyAttempts,
)
from aggregator.services.accounts import first_account, invites, registration
from aggregator.services.accounts.registration import Application
from aggregator.services.accounts.sign_in import SignedIn
from aggregator.types import Invite
from web.request import auth
from web.request.auth import now, passwords
from web.request.database import database, settings
from web.request.database import reading as read_session
from web.request.errors import answer_form, wait_s
from web.request.flashes import say
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
    return _make("register", _register)


@blueprint.route("/invite/<token>", methods=("GET", "POST"))
def invite(token: str) -> Response:
    """The account that an invitation is for."""
    if settings().registration == "closed":
        raise RegistrationClosed("invitations are not taken")
    invited = invites.find(read_session(), token, now())
    if request.method == "GET":
        return _form("invite", invite=invited)
    return _make("invite", lambda wanted: _accept(token, wanted), invite=invited)


@blueprint.route("/setup/<token>", methods=("GET", "POST"))
def first(token: str) -> Response:
    """The first account of this installation, by the link that the terminal showed."""
    if not first_account.is_open(read_session(), token):
        raise LinkWorthless
    if request.method == "GET":
        return _form("setup")
    return _make("setup", lambda wanted: _set_up(token, wanted))


def _register(wanted: Application) -> SignedIn:
    return registration.register(database(), passwords(), wanted, now())


def _accept(token: str, wanted: Application) -> SignedIn:
    return registration.accept(database(), passwords(), token, wanted, now())


def _set_up(token: str, wanted: Application) -> SignedIn:
    return registration.set_up(database(), passwords(), token, wanted, now())


def _make(
    kind: str, make: Callable[[Application], SignedIn], *, invite: Invite | None = None
) -> Response:
    """Make the account and go on as it; or the form again, with what was wrong."""
    try:
        signed_in = make(_application())
    except (InvalidInput, NameTaken, TooManyAttempts) as error:
        return _form(kind, error, invite=invite)
    auth.end_session()
    say(translate(f"{kind}.done"))
    target = "people.index" if kind == "setup" else "entries.mine"
    return auth.sign_in(make_response(redirect(url_for(target), 303)), signed_in)


def _application() -> Application:
    return Application(
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
        wait_s=wait_s(error) if error else None,
    )
    response = answer_form(page, error)
    response.headers["Cache-Control"] = "private, no-store"  # the address opens an account
    return response
