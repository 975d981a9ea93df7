"""Signing in by a provider, and linking its identities to one's account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, redirect, request, url_for

from aggregator.errors import LastSignIn, NotFound, SignInRefused
from aggregator.process.deadlines import SIGN_IN_FLOW_LIFETIME
from aggregator.services.accounts import accounts, external_accounts
from aggregator.services.accounts.tokens import new_token
from aggregator.types.limits import MAX_ID
from web.pages.account import account_page
from web.pages.session import sign_in_page
from web.request import auth, params
from web.request.cookies import PROVIDER_COOKIE, read_cookie, set_cookie
from web.request.database import close_read_session, database, write_session
from web.request.leaving import leave_page
from web.request.security import own_path, safe_next
from web.state import app_state

# `Oidc` brings Authlib: web.sign_in imports it, for sites that have a provider.
if TYPE_CHECKING:
    from aggregator.services.accounts.oidc.sign_in import Oidc

blueprint = Blueprint("identities", __name__)

# Longer than a sign-in takes: tabs that are opened meanwhile share the cookie.
_COOKIE_LIFETIME = 2 * SIGN_IN_FLOW_LIFETIME


@blueprint.get("/login/oidc")
def begin() -> Response:
    """Send the browser to the provider."""
    target = safe_next(request.args.get("next"))
    try:
        url, browser = _begin(target)
    except SignInRefused as error:
        return sign_in_page("", target, error)
    return _remember(make_response(redirect(url, 303)), browser)


@blueprint.get("/login/oidc/callback")
def complete() -> Response:
    """Sign in whom the provider sends back, or link their identity to the account."""
    oidc, user = _oidc(), auth.current_user()
    from aggregator.services.accounts.oidc import sign_in

    close_read_session()
    answer = sign_in.ProviderAnswer(
        *(request.args.get(name, "")[:_MAX_PARAMETER] for name in ("state", "code", "error", "iss"))
    )
    try:
        done = sign_in.complete(
            database(), oidc, answer, browser=read_cookie(PROVIDER_COOKIE), signed_in=user,
            user_agent=request.user_agent.string, now=auth.now(),
        )  # fmt: skip
    except SignInRefused as error:
        if user is not None:
            return account_page(user, error=error)
        return sign_in_page("", own_path("/"), error)
    response = make_response(redirect(done.target, 303))
    if done.session is None:
        return response
    auth.end_session()
    return auth.sign_in(response, done.session)


@blueprint.post("/account/identities/link")
def link() -> Response:
    """Begin linking an identity of the provider to the account."""
    user = auth.require_user("account.manage")
    _oidc()
    try:
        accounts.confirm(
            database(),
            auth.passwords(),
            user,
            request.form.get("password", ""),
            auth.now(),
            token=auth.session_token(),
        )
        url, browser = _begin(url_for("account.show", saved="identity"), linking=True)
    except SignInRefused as error:
        return account_page(user, error=error)
    return _remember(leave_page(url), browser)


@blueprint.post("/account/identities/unlink")
def unlink() -> Response:
    """Unlink an identity from the account."""
    user = auth.require_user("account.manage")
    identity = params.integer(request.form, "identity", 1, MAX_ID)
    try:
        with write_session() as session:
            external_accounts.unlink(session, user, identity or 0)
    except LastSignIn as error:
        return account_page(user, error=error)
    return make_response(redirect(url_for("account.show", saved="unlinked"), 303))


def _begin(target: str, *, linking: bool = False) -> tuple[str, str]:
    """Where to send the browser, and what it must bring back. Raises SignInRefused."""
    from aggregator.services.accounts.oidc import sign_in

    oidc = _oidc()
    user = auth.current_user() if linking else None
    close_read_session()
    browser = read_cookie(PROVIDER_COOKIE) or new_token()
    url = sign_in.begin(
        database(), oidc, browser=browser, target=target, address=request.remote_addr or "",
        now=auth.now(), link_to=user,
    )  # fmt: skip
    return url, browser


def _remember(response: Response, browser: str) -> Response:
    set_cookie(response, PROVIDER_COOKIE, browser, _COOKIE_LIFETIME)
    return response


def _oidc() -> Oidc:
    """The provider. Raises NotFound without one."""
    oidc = app_state().oidc
    if oidc is None:
        raise NotFound("page", request.path)
    return oidc


# Maximum characters of what a provider sends back; codes of some take two thousand.
_MAX_PARAMETER = 8000
