"""Roles that need a second factor: until a session has had one, it only gets to set one up."""

from __future__ import annotations

from flask import Flask, request

from aggregator.errors import SecondFactorNeeded
from web.request.auth import current_user, has_two_factor
from web.state import app_state

# What a session without its second factor may use: to set one up, to leave, and what pages need.
_OPEN = (
    "second_factor", "session", "sign_in_steps", "passwords", "preferences", "i18n", "scripts",
    "styles", "fonts", "offline",
)  # fmt: skip
_OPEN_ENDPOINTS = ("static", "health.healthz", "health.readyz")


def init_app(app: Flask) -> None:
    """Check each request."""
    app.before_request(_check)


def is_missing() -> bool:
    """Whether the session of this request lacks the second factor that its role needs."""
    roles = app_state().second_factor_roles
    if not roles:
        return False
    user = current_user()
    return user is not None and user.role in roles and not has_two_factor()


def _check() -> None:
    """Raise SecondFactorNeeded. Programs with tokens are not asked: see docs/second-factor.md."""
    if request.blueprint in _OPEN or request.endpoint in _OPEN_ENDPOINTS:
        return
    if is_missing():
        raise SecondFactorNeeded
