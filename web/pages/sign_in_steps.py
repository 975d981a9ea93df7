"""Signing in by more than a password: the second step, and passkeys."""

from __future__ import annotations

import json

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from aggregator.errors import NotFound, SignInRefused
from aggregator.services.accounts import (
    passkeys,
    second_factor,
    sign_in_steps,
    webauthn_protocol,
)
from aggregator.services.accounts.passkeys import PasskeyMaker
from aggregator.services.accounts.sign_in import NewSession
from aggregator.types import User
from web.pages.session import sign_in_page
from web.request import auth, challenges
from web.request.cookies import STEP_COOKIE, delete_cookie, read_cookie
from web.request.database import database, read_session
from web.request.errors import form_response, retry_after_s
from web.request.security import safe_next
from web.state import app_state

blueprint = Blueprint("sign_in_steps", __name__, url_prefix="/login")


@blueprint.route("/code", methods=("GET", "POST"))
def code() -> Response:
    """Ask for the code after the password; without a password, for that first."""
    target = safe_next(request.values.get("next"))
    user = sign_in_steps.find_user(read_session(), read_cookie(STEP_COOKIE), auth.now())
    if user is None:
        return make_response(redirect(url_for("session.new", next=target), 303))
    if request.method == "GET":
        return _code_page(user, target)
    try:
        signed_in = second_factor.complete_sign_in(
            database(),
            app_state().secret_box,
            read_cookie(STEP_COOKIE),
            request.form.get("code", ""),
            address=request.remote_addr or "",
            user_agent=request.user_agent.string,
            device=auth.known_device(user.name),
            now=auth.now(),
        )
    except SignInRefused as error:
        return _code_page(user, target, error)
    return _signed_in(signed_in, target)


@blueprint.post("/passkey/options")
def passkey_options() -> Response:
    """What a script asks the browser with, to sign in with any passkey of this site."""
    value, signed = challenges.issue("sign-in")
    options = webauthn_protocol.authentication_options(passkey_maker().party, value)
    return jsonify(publicKey=json.loads(options), challenge=signed)


@blueprint.post("/passkey")
def passkey() -> Response:
    """Sign in with a passkey: no name, no password, no second step."""
    target = safe_next(request.form.get("next"))
    try:
        signed_in = passkeys.sign_in(
            database(),
            passkey_maker(),
            challenges.read("sign-in", request.form.get("challenge", "")),
            request.form.get("answer", ""),
            address=request.remote_addr or "",
            user_agent=request.user_agent.string,
            now=auth.now(),
        )
    except SignInRefused as error:
        return sign_in_page("", target, error)
    return _signed_in(signed_in, target)


def passkey_maker() -> PasskeyMaker:
    """What passkeys are made and checked with. Raises NotFound where there can be none."""
    maker = app_state().passkeys
    if maker is None:
        raise NotFound("page", request.path)
    return maker


def _signed_in(signed_in: NewSession, target: str) -> Response:
    auth.end_session()
    response = auth.sign_in(make_response(redirect(target, 303)), signed_in)
    delete_cookie(response, STEP_COOKIE)
    return response


def _code_page(user: User, target: str, error: SignInRefused | None = None) -> Response:
    page = render_template(
        "accounts/code.html",
        next=target,
        factors=second_factor.find(read_session(), user),
        passkeys=app_state().passkeys is not None,
        error=error.key if error else None,
        wait_s=retry_after_s(error) if error else None,
    )
    return form_response(page, error)
