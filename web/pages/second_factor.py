"""How a reader's own account is signed in to besides the password.

Changing it takes the password again, for some minutes (`confirm`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

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
from sqlalchemy.orm import Session

from aggregator.errors import (
    InvalidInput,
    MarsadError,
    NotFound,
    SecondFactorNeeded,
    SignInRefused,
)
from aggregator.services.accounts import accounts, passkeys, sign_in_steps
from aggregator.services.accounts import second_factor as service
from aggregator.services.accounts.secret_box import SecretBox
from aggregator.types import User
from aggregator.types.limits import parse_id
from web.pages.sign_in_steps import passkey_maker
from web.presentation.qr import qr_code
from web.request import challenges
from web.request.auth import (
    confirmed_at,
    has_two_factor,
    now,
    passwords,
    require_user,
    session_token,
)
from web.request.database import database, read_session, settings, write_session
from web.request.errors import form_response, retry_after_s
from web.request.flashes import flash
from web.request.i18n import translate
from web.request.required_factor import is_missing
from web.state import app_state

blueprint = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")


@blueprint.get("")
def show() -> Response:
    """Passkeys, authenticator app and recovery codes of the reader."""
    return _page(require_user("account.manage"))


@blueprint.post("/confirm")
def confirm() -> Response:
    """Ask for the password; for some minutes, this session may then make changes."""
    user = require_user("account.manage")
    given = request.form.get("password", "")
    try:
        accounts.allow_changes(database(), passwords(), user, given, now(), token=session_token())
    except SignInRefused as error:
        return _page(user, error=error)
    return _redirect()


@blueprint.post("/app")
def begin_app() -> Response:
    """Show the secret for a new authenticator app, until it is confirmed."""
    user = _confirmed_user()
    return _change(user, lambda session: service.begin_app(session, _box(), user, now()))


@blueprint.post("/app/confirm")
def confirm_app() -> Response:
    """Turn the app on with a code that it shows."""
    user = _confirmed_user()
    typed = request.form.get("code", "")
    try:
        codes = service.confirm_app(
            database(), _box(), user, typed, token=session_token(), now=now()
        )
    except SignInRefused as error:
        return _page(user, error=error)
    if codes:
        return _page(user, new_codes=codes)
    flash(translate("second.app_on"))
    return _redirect()


@blueprint.post("/app/remove")
def remove_app() -> Response:
    """Turn the app off."""
    user = _confirmed_user()
    roles = app_state().second_factor_roles
    return _change(
        user,
        lambda session: service.remove_app(session, user, roles),
        translate("second.app_removed"),
    )


@blueprint.post("/codes")
def renew_codes() -> Response:
    """Make new recovery codes and show them once."""
    user = _confirmed_user()
    try:
        with write_session() as session:
            codes = service.renew_codes(session, user, now())
    except InvalidInput as error:
        return _page(user, error=error)
    return _page(user, new_codes=codes)


@blueprint.post("/passkeys/options")
def passkey_options() -> Response:
    """What a script has the browser make a passkey with."""
    user = _confirmed_user()
    value, signed = challenges.issue("registration")
    options = passkeys.registration_options(read_session(), passkey_maker(), user, value)
    return jsonify(publicKey=json.loads(options), challenge=signed)


@blueprint.post("/passkeys")
def add_passkey() -> Response:
    """Add a passkey that the browser has made."""
    user = _confirmed_user()
    try:
        _register(user)
    except MarsadError as error:
        return _page(user, error=error)
    flash(translate("second.passkey_added"))
    return _redirect()


@blueprint.post("/passkeys/rename")
def rename_passkey() -> Response:
    """Rename a passkey."""
    user = _confirmed_user()
    name = request.form.get("name", "")
    return _change(
        user,
        lambda session: passkeys.rename(session, user, _passkey_id(), name),
        translate("second.passkey_renamed"),
    )


@blueprint.post("/passkeys/revoke")
def revoke_passkey() -> Response:
    """Revoke a passkey."""
    user = _confirmed_user()
    roles = app_state().second_factor_roles
    return _change(
        user,
        lambda session: service.revoke_passkey(session, user, _passkey_id(), roles),
        translate("second.passkey_revoked"),
    )


def _register(user: User) -> None:
    answer = request.form.get("answer", "")
    if not answer:
        raise InvalidInput("error.passkey_script", "passkeys need JavaScript", field="answer")
    passkeys.register(
        database(),
        passkey_maker(),
        user,
        challenges.read("registration", request.form.get("challenge", "")),
        answer,
        request.form.get("name", ""),
        token=session_token(),
        now=now(),
    )


def _confirmed_user() -> User:
    """The reader, in a session that may make changes.

    Raises PermissionDenied, ConfirmationNeeded; SecondFactorNeeded for a session that was opened
    by the password alone before that was too little.
    """
    user = require_user("account.manage")
    if not has_two_factor() and _needs_step(user):
        raise SecondFactorNeeded
    service.require_confirmed(confirmed_at(), now())
    return user


def _needs_step(user: User) -> bool:
    return sign_in_steps.is_needed(read_session(), user, app_state().second_factor_roles)


def _passkey_id() -> int:
    text = request.form.get("passkey", "")
    found = parse_id(text)
    if found is None:
        raise NotFound("passkey", text)
    return found


def _box() -> SecretBox:
    return app_state().secret_box


def _change(user: User, change: Callable[[Session], None], done: str = "") -> Response:
    try:
        with write_session() as session:
            change(session)
    except InvalidInput as error:
        return _page(user, error=error)
    if done:
        flash(done)
    return _redirect()


def _redirect() -> Response:
    return make_response(redirect(url_for("second_factor.show"), 303))


def _page(
    user: User, *, error: MarsadError | None = None, new_codes: tuple[str, ...] = ()
) -> Response:
    confirmed = service.is_confirmed(confirmed_at(), now())
    with database().read() as session:  # the request's own session is older
        factors = service.find(session, user)
        setup = service.pending_app(session, _box(), user, _issuer(), now()) if confirmed else None
    page = render_template(
        "accounts/second_factor.html",
        factors=factors,
        confirmed=confirmed,
        missing=is_missing(),
        needs_step=not has_two_factor() and _needs_step(user),
        setup=setup,
        qr=qr_code(setup.uri) if setup else "",
        new_codes=new_codes,
        passkeys=app_state().passkeys is not None,
        error=error.key if error else None,
        wait_s=retry_after_s(error) if error else None,
    )
    return form_response(page, error)


def _issuer() -> str:
    """What authenticator apps call this site."""
    return f"Marsad {urlsplit(settings().address).hostname}"
