"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request

from aggregator.errors import SignInRefused
from aggregator.services.accounts import sign_in as service
from web.request import auth
from web.request.database import database
from web.request.errors import form_response, retry_after_s
from web.request.security import own_path, safe_next

blueprint = Blueprint("session", __name__)


@blueprint.route("/login", methods=("GET", "POST"))
def new() -> Response:
    """Show or handle the sign-in form; a signed-in visitor is redirected."""
    if request.method == "POST":
        return _create()
    target = safe_next(request.args.get("next"))
    if auth.current_user() is not None:
        return make_response(redirect(target, 303))
    return _form("", target)


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
            now=auth.now(),
        )
    except SignInRefused as error:
        return _form(name, target, error)
    auth.end_session()
    return auth.sign_in(make_response(redirect(target, 303)), signed_in)


@blueprint.post("/logout")
def delete() -> Response:
    """Sign out; the session ends on the server, so a kept cookie is worthless."""
    auth.end_session()
    return auth.sign_out(make_response(redirect(own_path("/"), 303)))


def _form(name: str, target: str, error: SignInRefused | None = None) -> Response:
    page = render_template(
        "accounts/login.html",
        name=name,
        next=target,
        error=error.key if error else None,
        wait_s=retry_after_s(error) if error else None,
    )
    return form_response(page, error)
