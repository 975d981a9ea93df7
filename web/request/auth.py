"""Who asks: the session cookie of a browser, or the bearer token of a program."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, Response, g, request, session
from werkzeug.exceptions import Unauthorized

from aggregator.errors import PermissionDenied, ProviderRefused, TokenScopeMissing
from aggregator.process.deadlines import SESSION_LIFETIME
from aggregator.services.accounts import api_tokens, known_devices, permissions, trusted_header
from aggregator.services.accounts import sign_in as service
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.storage.accounts.sessions import ActiveReader
from aggregator.types import User
from web.request.clients import is_api_request
from web.request.cookies import (
    DEVICE_COOKIE,
    SESSION_COOKIE,
    delete_cookie,
    read_cookie,
    set_cookie,
)
from web.request.database import read_session, settings, write_session
from web.request.trusted_header import ProxyClaim, proxy_claim
from web.state import app_state


def now() -> datetime:
    """The current time, the only clock of the web."""
    return datetime.now(UTC)


def current_user() -> User | None:
    """The signed-in user; None for an anonymous visitor."""
    if "user" not in g:
        g.user = None
        # A token counts where programs ask, and then instead of the cookie.
        if "Authorization" in request.headers and is_api_request():
            g.user = _user_from_token()
        else:
            claim = proxy_claim()
            g.user = _user_of_proxy(claim) if claim else _user_from_cookie()
    user = g.user
    assert user is None or isinstance(user, User)
    return user


def can(permission: str) -> bool:
    """Whether the visitor may do that."""
    return permissions.has_permission(current_user(), permission, settings().public_reading)


def require(permission: str) -> None:
    """Raises PermissionDenied unless the visitor may do that."""
    permissions.require_permission(current_user(), permission, settings().public_reading)


def require_user(permission: str) -> User:
    """The visitor, who must be signed in and have the permission."""
    require(permission)
    user = current_user()
    if user is None:
        raise PermissionDenied(permission)
    return user


def require_write_token() -> None:
    """Require a token with the scope "write": a cookie would let other sites' pages make changes.

    Raises Unauthorized, TokenScopeMissing.
    """
    if "Authorization" not in request.headers:
        raise Unauthorized("changes need an API token; send it as: Authorization: Bearer TOKEN")
    current_user()
    if g.get("token_scope") != "write":
        raise TokenScopeMissing("write")


def session_token() -> str:
    """The session cookie of this browser; empty without one."""
    return read_cookie(SESSION_COOKIE)


def form_owner() -> str:
    """The session that the form cookie belongs to: the one of this browser after the response."""
    owner = g.get("form_owner")
    if owner is not None:
        return str(owner)
    claim = proxy_claim()
    return f"proxy:{claim.name}" if claim else session_token()


def sign_in(response: Response, signed_in: service.NewSession) -> Response:
    """Set the session cookie, and the one by which the account knows this browser again."""
    set_cookie(response, SESSION_COOKIE, signed_in.token, SESSION_LIFETIME)
    device = app_state().devices.remember(read_cookie(DEVICE_COOKIE), signed_in.user.name)
    set_cookie(response, DEVICE_COOKIE, device, known_devices.COOKIE_LIFETIME)
    g.form_owner = signed_in.token
    g.just_signed_in = signed_in.user
    return response


def proxy_refusal() -> str | None:
    """Why somebody whom the proxy names is not let in, as a key of the catalogues."""
    current_user()
    return g.get("proxy_refusal") or None


def has_two_factor() -> bool:
    """Whether the session, if one asks, was opened with a passkey or a second factor."""
    return bool(g.get("two_factor", True))


def confirmed_at() -> datetime | None:
    """When the password was last asked again in this session."""
    current_user()
    found = g.get("confirmed_at")
    assert found is None or isinstance(found, datetime)
    return found


def known_device(name: str) -> str:
    """The id of this browser if it has been signed in under `name`; else empty."""
    return app_state().devices.find(read_cookie(DEVICE_COOKIE), name)


def sign_out(response: Response) -> Response:
    """Delete the session cookie."""
    delete_cookie(response, SESSION_COOKIE)
    return response


def end_session() -> None:
    """End the session of this browser and drop its form token."""
    session.clear()
    g.form_owner = ""
    g.renew_session = False
    g.user = None
    if token := session_token():
        with write_session() as transaction:
            service.sign_out(transaction, token)


def passwords() -> PasswordHasher:
    """The password hasher of this application."""
    return app_state().passwords


def init_app(app: Flask) -> None:
    """Give templates the signed-in user, `can()` and two settings, and renew sessions in use."""
    app.context_processor(_template_variables)
    app.after_request(_renew)


def _template_variables() -> dict[str, object]:
    return {
        "current_user": current_user(),
        "can": can,
        "base_url": settings().base_url,
        "registration": settings().registration,
    }


def _user_from_token() -> User:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        found = api_tokens.find_token(read_session(), token.strip(), now())
        if found is not None:
            g.token_scope = found.scope
            if api_tokens.is_use_news(found, now()):
                g.used_token = found.id
            return found.user
    raise Unauthorized("the API token is not valid; send it as: Authorization: Bearer TOKEN")


def _user_from_cookie() -> User | None:
    token = session_token()
    found = service.find_session(read_session(), token, now()) if token else None
    if found is None:
        return None
    g.renew_session = service.needs_renewal(found, now())
    g.two_factor = found.two_factor
    g.confirmed_at = found.confirmed_at
    return _seen(found)


def _user_of_proxy(claim: ProxyClaim) -> User | None:
    """Whom the proxy has signed in; None, and the reason in `g`, for one who may not come in."""
    header = app_state().trusted_header
    assert header is not None
    role = header.roles.role_of(claim.groups)
    found = trusted_header.find(read_session(), claim.name)
    try:
        if trusted_header.needs_change(header, found, role):
            trusted_header.change(app_state().database, header, claim.name, role, now())
            with app_state().database.read() as session:  # the request's own session is older
                found = trusted_header.find(session, claim.name)
        g.proxy_refusal = trusted_header.refusal(found, role)
    except ProviderRefused as error:
        g.proxy_refusal = error.key
    return _seen(found) if found and not g.proxy_refusal else None


def _seen(found: ActiveReader) -> User:
    g.stored_preferences = found.preferences
    g.read_version = found.read_version
    g.has_answers = found.has_answers
    return found.user


def _renew(response: Response) -> Response:
    if g.get("renew_session") and request.endpoint != "session.delete":
        token, renewed_at = session_token(), now()
        app_state().deferred.submit(
            lambda transaction: service.renew_session(transaction, token, renewed_at),
            "a session was not renewed",
        )
        set_cookie(response, SESSION_COOKIE, token, SESSION_LIFETIME)
    return response
