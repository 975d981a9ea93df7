"""Signing in and out."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.errors import SignInRefused
from aggregator.process.deadlines import SIGN_IN_STEP_LIFETIME
from aggregator.services.accounts import sign_in as service
from aggregator.services.accounts.sign_in_steps import SignInStep
from web.request import auth
from web.request.cookies import STEP_COOKIE, set_cookie
from web.request.database import close_read_session, database, read_session, settings
from web.request.errors import form_response, retry_after_s
from web.request.leaving import leave_page
from web.request.providers import provider_name
from web.request.security import own_path, safe_next
from web.request.trusted_header import proxy_claim
from web.state import app_state

log = logging.getLogger(__name__)
blueprint = Blueprint("session", __name__)


@blueprint.route("/login", methods=("GET", "POST"))
def new() -> Response:
    """Show or handle the sign-in form; a signed-in visitor is redirected."""
    if request.method == "POST":
        return _create()
    target = safe_next(request.args.get("next"))
    if auth.current_user() is not None:
        return make_response(redirect(target, 303))
    return sign_in_page("", target)


def _create() -> Response:
    name = request.form.get("name", "")
    target = safe_next(request.form.get("next"))
    try:
        signed_in = service.sign_in(
            database(),
            auth.passwords(),
            name,
            request.form.get("password", ""),
            address=request.remote_addr or "",
            user_agent=request.user_agent.string,
            device=auth.known_device(name),
            second_factor_roles=app_state().second_factor_roles,
            now=auth.now(),
        )
    except SignInRefused as error:
        return sign_in_page(name, target, error)
    auth.end_session()
    if isinstance(signed_in, SignInStep):
        response = make_response(redirect(url_for("sign_in_steps.code", next=target), 303))
        set_cookie(response, STEP_COOKIE, signed_in.token, SIGN_IN_STEP_LIFETIME)
        return response
    return auth.sign_in(make_response(redirect(target, 303)), signed_in)


@blueprint.post("/logout")
def delete() -> Response:
    """Sign out; the session ends on the server, so a kept cookie is worthless.

    Whoever else has signed the visitor in is asked to sign them out, too.
    """
    elsewhere = _sign_out_elsewhere()
    auth.end_session()
    if elsewhere:
        return auth.sign_out(leave_page(elsewhere))
    return auth.sign_out(make_response(redirect(own_path("/"), 303)))


def _sign_out_elsewhere() -> str:
    """Where the proxy or the provider signs the visitor out; empty if nowhere."""
    if proxy_claim() is not None:
        header = app_state().trusted_header
        return header.sign_out_url if header else ""
    oidc = app_state().oidc
    id_token = service.id_token_of(read_session(), auth.session_token()) if oidc else ""
    if oidc is None or not id_token:
        return ""
    close_read_session()
    try:
        return oidc.provider.sign_out_url(id_token, settings().address.rstrip("/") + "/")
    except SignInRefused as error:
        log.warning("the provider signs nobody out: %s", error)
        return ""


def sign_in_page(name: str, target: str, error: SignInRefused | None = None) -> Response:
    """The sign-in form, with what went wrong and for how long."""
    page = render_template(
        "accounts/login.html",
        name=name,
        next=target,
        passkeys=app_state().passkeys is not None,
        error=error.key if error else auth.proxy_refusal(),
        provider=provider_name(),
        wait_s=retry_after_s(error) if error else None,
    )
    return form_response(page, error)
