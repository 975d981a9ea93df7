"""A reader's own account: password, sessions, apps, API tokens, feeds, export, closing it."""

from __future__ import annotations

from typing import get_args

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.errors import InvalidInput, LastOperator, MarsadError, SignInRefused
from aggregator.services.accounts import (
    accounts,
    api_tokens,
    app_passwords,
    external_accounts,
    sign_in,
)
from aggregator.services.accounts.tokens import token_hash
from aggregator.services.reading import export as export_service
from aggregator.services.reading import personal_feeds
from aggregator.services.reading.personal_feeds import NewFeed
from aggregator.types import TokenScope, User
from web.feeds_out import personal
from web.feeds_out.formats import FORMATS
from web.request import params
from web.request.auth import (
    end_session,
    now,
    passwords,
    require,
    require_user,
    session_token,
    sign_out,
)
from web.request.database import database, write_session
from web.request.errors import form_response, retry_after_s
from web.request.flashes import flash
from web.request.i18n import translate
from web.request.providers import provider_name
from web.request.security import own_path
from web.request.trusted_header import proxy_claim
from web.state import app_state

blueprint = Blueprint("account", __name__, url_prefix="/account")

TOKEN_DAYS = (30, 90, 365)
_SAVED = (
    "password", "password_only", "email", "session", "sessions", "app", "token", "feed",
    "identity", "unlinked",
)  # fmt: skip


@blueprint.get("")
def show() -> Response:
    """The account page."""
    user = require_user("account.manage")
    saved = request.args.get("saved")
    return account_page(user, saved=saved if saved in _SAVED else None)


@blueprint.post("/password")
def password() -> Response:
    """Change the password; other browsers are signed out, and tokens revoked if not kept."""
    user = require_user("account.manage")
    keep_tokens = request.form.get("keep_tokens") == "1"
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
            keep_tokens=keep_tokens,
        )
    except (InvalidInput, SignInRefused) as error:
        return account_page(user, error=error)
    return _saved_response("password_only" if keep_tokens else "password")


@blueprint.post("/email")
def email() -> Response:
    """Change where a link for a forgotten password is mailed."""
    user = require_user("account.manage")
    try:
        accounts.change_email(
            database(),
            passwords(),
            user,
            request.form.get("password", ""),
            request.form.get("email", ""),
            now(),
            token=session_token(),
        )
    except (InvalidInput, SignInRefused) as error:
        return account_page(user, error=error)
    return _saved_response("email")


@blueprint.post("/sessions/revoke")
def revoke_session() -> Response:
    """Sign another browser out."""
    user = require_user("account.manage")
    with write_session() as session:
        sign_in.revoke_session(session, user, request.form.get("session", ""))
    return _saved_response("session")


@blueprint.post("/sessions/revoke-others")
def revoke_other_sessions() -> Response:
    """Sign out everywhere else."""
    user = require_user("account.manage")
    with write_session() as session:
        sign_in.revoke_other_sessions(session, user, session_token())
    return _saved_response("sessions")


@blueprint.get("/export.json")
def export() -> Response:
    """Export the reader's own data; streamed as it is read."""
    user = require_user("account.manage")
    moment = now()
    response = Response(
        export_service.export(database(), user, moment), mimetype="application/json"
    )
    name = f"marsad-{moment:%Y-%m-%d}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/close")
def close() -> Response:
    """Delete the account for good; seeing this request, the service worker purges its copies."""
    user = require_user("account.manage")
    given = request.form.get("password", "")
    try:
        accounts.close_own(database(), passwords(), user, given, now(), token=session_token())
    except (LastOperator, SignInRefused) as error:
        return account_page(user, error=error, closing=True)
    end_session()
    flash(translate("account.closed"))
    return sign_out(make_response(redirect(own_path("/"), 303)))


@blueprint.post("/apps")
def create_app_password() -> Response:
    """Make an app password and show it once."""
    user = require_user("account.manage")
    try:
        with write_session() as session:
            password = app_passwords.create(session, user, request.form.get("name", ""), now())
    except InvalidInput as error:
        return account_page(user, error=error)
    return account_page(user, new_app_password=password)


@blueprint.post("/apps/revoke")
def revoke_app_password() -> Response:
    """Revoke an app password."""
    user = require_user("account.manage")
    with write_session() as session:
        app_passwords.revoke(session, user, request.form.get("app", ""))
    return _saved_response("app")


@blueprint.post("/tokens")
def create_token() -> Response:
    """Create an API token and show it once."""
    user = require_user("account.manage")
    try:
        with write_session() as session:
            label = request.form.get("label", "")
            token = api_tokens.create_token(session, user, label, now(), _days(), _scope())
    except InvalidInput as error:
        return account_page(user, error=error)
    return account_page(user, new_token=token)


@blueprint.post("/tokens/revoke")
def revoke_token() -> Response:
    """Revoke an API token."""
    user = require_user("account.manage")
    with write_session() as session:
        api_tokens.revoke_token(session, user, request.form.get("token", ""))
    return _saved_response("token")


@blueprint.post("/feeds")
def create_feed() -> Response:
    """Make a feed of one of the reader's own lists and show its address once."""
    user = require_user("account.manage")
    kind = params.choice(request.form, "kind", tuple(personal_feeds.PERMISSIONS))
    require(personal_feeds.PERMISSIONS[kind])
    with write_session() as session:
        made = personal_feeds.create(session, user, kind, request.form.get("subject", ""), now())
    return account_page(user, new_feed=made)


@blueprint.post("/feeds/revoke")
def revoke_feed() -> Response:
    """Revoke a feed: its address stops working."""
    user = require_user("account.manage")
    with write_session() as session:
        personal_feeds.revoke(session, user, request.form.get("feed", ""))
    return _saved_response("feed")


def _days() -> int | None:
    """For how long a new token is valid; None: without end. 0 is no number of days."""
    days = request.form.get("days", "")
    if not days:
        return None
    return int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0


def _scope() -> TokenScope:
    """What a new token may do: only read unless its box is ticked."""
    if not request.form.get("scope"):
        return "read"
    return params.choice(request.form, "scope", get_args(TokenScope))


def _saved_response(saved: str) -> Response:
    return make_response(redirect(url_for("account.show", saved=saved), 303))


def account_page(
    user: User,
    *,
    error: MarsadError | None = None,
    saved: str | None = None,
    new_token: str | None = None,
    new_app_password: str | None = None,
    new_feed: NewFeed | None = None,
    closing: bool = False,
) -> Response:
    """The account page, with what went wrong or was done."""
    with database().read() as session:  # the request's own session is older
        browsers = sign_in.list_sessions(session, user, now())
        apps = app_passwords.list_passwords(session, user)
        tokens = api_tokens.list_tokens(session, user)
        feeds = personal_feeds.list_feeds(session, user)
        email = accounts.email_of(session, user)
        identities = external_accounts.list_identities(session, user)
        has_password = external_accounts.has_password(session, user)
    page = render_template(
        "accounts/show.html",
        sessions=browsers,
        apps=apps,
        tokens=tokens,
        email=email,
        identities=identities,
        has_password=has_password,
        provider=provider_name(),
        by_proxy=proxy_claim() is not None,
        mailing=app_state().mailer is not None,
        token_days=TOKEN_DAYS,
        now=now(),
        current_session_id=token_hash(session_token()),
        new_token=new_token,
        new_app_password=new_app_password,
        feeds=[(feed, personal.feed_name(feed), personal.page_path(feed)) for feed in feeds],
        new_feed=new_feed,
        formats=FORMATS,
        closing=closing,
        error=error.key if error else None,
        wait_s=retry_after_s(error) if error else None,
        saved=saved,
    )
    return form_response(page, error)
