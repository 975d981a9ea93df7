"""A person's own account: password, sessions, API tokens."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.errors import InvalidInput, MarsadError, SignInRefused
from aggregator.services import accounts, api_tokens, sign_in
from aggregator.services.tokens import token_hash
from aggregator.types import User
from web.database import database, writing
from web.errors import status_of, wait_s
from web.sessions import now, passwords, require_user, session_token

blueprint = Blueprint("account", __name__, url_prefix="/account")

_SAVED = ("password", "session", "token")


@blueprint.get("")
def show() -> Response:
    """The account page."""
    user = require_user("account.manage")
    saved = request.args.get("saved")
    return _page(user, saved=saved if saved in _SAVED else None)


@blueprint.post("/password")
def password() -> Response:
    """Change the password; other browsers are signed out."""
    user = require_user("account.manage")
    try:
        accounts.change_password(
            database(),
            passwords(),
            user,
            request.form.get("current", ""),
            request.form.get("new", ""),
            request.form.get("repeat", ""),
            token=session_token(),
            now=now(),
        )
    except (InvalidInput, SignInRefused) as error:
        return _page(user, error=error)
    return _saved("password")


@blueprint.post("/sessions/revoke")
def revoke_session() -> Response:
    """Sign another browser out."""
    user = require_user("account.manage")
    with writing() as session:
        sign_in.revoke_session(session, user, request.form.get("session", ""))
    return _saved("session")


@blueprint.post("/tokens")
def create_token() -> Response:
    """Make an API token and show it, this once."""
    user = require_user("account.manage")
    try:
        with writing() as session:
            token = api_tokens.create_token(session, user, request.form.get("label", ""), now())
    except InvalidInput as error:
        return _page(user, error=error)
    return _page(user, new_token=token)


@blueprint.post("/tokens/revoke")
def revoke_token() -> Response:
    """Make an API token worthless."""
    user = require_user("account.manage")
    with writing() as session:
        api_tokens.revoke_token(session, user, request.form.get("token", ""))
    return _saved("token")


def _saved(what: str) -> Response:
    return make_response(redirect(url_for("account.show", saved=what), 303))


def _page(
    user: User,
    *,
    error: MarsadError | None = None,
    saved: str | None = None,
    new_token: str | None = None,
) -> Response:
    with database().read() as session:  # what was just written is not in the request's own
        browsers = sign_in.list_sessions(session, user, now())
        tokens = api_tokens.list_tokens(session, user)
    wait = wait_s(error) if error else None
    page = render_template(
        "accounts/show.html",
        sessions=browsers,
        tokens=tokens,
        current_session_id=token_hash(session_token()),
        new_token=new_token,
        error=error.key if error else None,
        saved=saved,
    )
    response = make_response(page, status_of(error) if error else 200)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response
