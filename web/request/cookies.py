"""Our cookies: on https, with the prefix that keeps sibling hosts from setting them.

Browsers refuse a `__Host-` cookie that another host, or plain http, tries to set
(RFC 6265bis, section 4.1.3). Cookies under the names without it, which https sites had before, open
nothing any more and are deleted.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, current_app, request

SESSION_COOKIE = "marsad_session"
FORM_COOKIE = "marsad_form"
DEVICE_COOKIE = "marsad_device"
PREFERENCES_COOKIE = "marsad_view"
LANGUAGE_COOKIE = "marsad_lang"

_PREFIX = "__Host-"
_ONE_YEAR = timedelta(days=365)
# Old cookies whose values are harmless still count.
_HARMLESS = (PREFERENCES_COOKIE, LANGUAGE_COOKIE)


def cookie_name(name: str, *, https: bool) -> str:
    """The name under which browsers keep a cookie."""
    return _PREFIX + name if https else name


def read_cookie(name: str) -> str:
    """The value of one of our cookies; empty without one."""
    value = request.cookies.get(cookie_name(name, https=_https()))
    if value is None and name in _HARMLESS:
        value = request.cookies.get(name)
    return value or ""


def set_cookie(
    response: Response, name: str, value: str, lifetime: timedelta | None = _ONE_YEAR
) -> None:
    """Store a cookie that neither scripts nor other sites can use.

    Without a lifetime it lasts until the browser is closed.
    """
    https = _https()
    response.set_cookie(
        cookie_name(name, https=https),
        value,
        max_age=lifetime,
        secure=https,
        httponly=True,
        samesite="Lax",
    )


def delete_cookie(response: Response, name: str) -> None:
    """Delete a cookie."""
    https = _https()
    response.delete_cookie(
        cookie_name(name, https=https), secure=https, httponly=True, samesite="Lax"
    )


def init_app(app: Flask, *, https: bool) -> None:
    """Set up the cookie of the forms; on https, replace cookies of old names as they arrive."""
    app.config.update(
        SESSION_COOKIE_NAME=cookie_name(FORM_COOKIE, https=https),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
    )
    if https:
        app.after_request(_replace_old_cookies)


def _replace_old_cookies(response: Response) -> Response:
    for name in (SESSION_COOKIE, FORM_COOKIE, *_HARMLESS):
        if name in request.cookies:
            response.delete_cookie(name, secure=True, httponly=True, samesite="Lax")
            if name in _HARMLESS and not _has_new(response, _PREFIX + name):
                set_cookie(response, name, request.cookies[name])
    return response


def _has_new(response: Response, name: str) -> bool:
    """Whether the browser has the cookie under its new name, or gets it with this response."""
    return name in request.cookies or any(
        each.startswith(f"{name}=") for each in response.headers.getlist("Set-Cookie")
    )


def _https() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
