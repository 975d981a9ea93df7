"""Signing in: an app password is exchanged for a token."""

from __future__ import annotations

from flask import Response, jsonify, request

from aggregator.errors import AppPasswordNeeded, SignInRefused, TooManyAttempts
from aggregator.services.accounts import accounts, app_passwords
from web.greader.access import reader, token_of_request
from web.greader.parameters import parameters
from web.greader.routes import blueprint, plain, reads
from web.request.auth import now, passwords
from web.request.database import database, read_session, settings


@blueprint.route("/accounts/ClientLogin", methods=("GET", "POST"))
def log_in() -> Response:
    """Exchange a name and an app password for a token."""
    given = parameters()
    try:
        token = app_passwords.sign_in(
            database(),
            passwords(),
            given.one("Email"),
            given.one("Passwd"),
            address=request.remote_addr or "",
            now=now(),
        )
    except TooManyAttempts:
        raise
    except SignInRefused as error:
        return _refusal(error)
    names = {"SID": token, "LSID": token, "Auth": token}
    if given.one("output") == "json":
        return jsonify(names)
    return plain("".join(f"{name}={value}\n" for name, value in names.items()))


@reads("token")
def token() -> Response:
    """The token that writes may send as `T`."""
    return plain(token_of_request())


@reads("user-info")
def user_info() -> Response:
    """Whose account it is."""
    user = reader()
    return jsonify(
        userId=str(user.id),
        userName=user.name,
        userProfileId=str(user.id),
        userEmail=accounts.email_of(read_session(), user),
    )


def _refusal(error: SignInRefused) -> Response:
    lines = ["Error=BadAuthentication", f"Info={error}"]
    if isinstance(error, AppPasswordNeeded):
        lines.append(f"Url={settings().base_url}/account#apps")
    return plain("\n".join(lines) + "\n", 401)
