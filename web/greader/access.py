"""Who syncs: by an app's token, in a header or as `T` of a form; never by a cookie."""

from __future__ import annotations

from flask import Response, g, request
from werkzeug.exceptions import Unauthorized

from aggregator.services.accounts import app_passwords
from aggregator.storage.accounts.app_passwords import OwnedPassword
from aggregator.types import User
from web.greader.parameters import parameters
from web.request.auth import current_user, now
from web.request.database import read_session
from web.state import app_state

LOGIN = "greader.log_in"
_SCHEME = "googlelogin"


def authenticate() -> None:
    """Find whose token it is, before any view runs. Raises Unauthorized."""
    g.user = None
    if request.endpoint == LOGIN:
        return
    found = _find(_header_token())
    if found is None and request.method == "POST":
        found = _find(parameters().one("T"))
    if found is None:
        raise Unauthorized("the token is not valid; sign in at /accounts/ClientLogin")
    g.user = found.user
    if app_passwords.is_use_news(found.password, now()):
        g.used_app_password = found.password.id


def reader() -> User:
    """Who syncs, in any view of the API."""
    user = current_user()
    assert user is not None
    return user


def token_of_request() -> str:
    """The token by which this request was let in."""
    return _header_token() or parameters().one("T")


def note_use(response: Response) -> Response:
    """Note that the app password was used, once the response is sent."""
    password_id = g.pop("used_app_password", None)
    if password_id is not None:
        deferred, moment = app_state().deferred, now()
        response.call_on_close(
            lambda: deferred.submit(
                lambda session: app_passwords.record_use(session, password_id, moment),
                "the use of an app password was not noted",
            )
        )
    return response


def _find(token: str) -> OwnedPassword | None:
    return app_passwords.find(read_session(), token) if token else None


def _header_token() -> str:
    """What follows "GoogleLogin auth=" in the header; empty without it."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    key, _, token = value.strip().partition("=")
    return token.strip() if scheme.lower() == _SCHEME and key.lower() == "auth" else ""
