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
PROVIDER_COOKIE = "marsad_oidc"
STEP_COOKIE = "marsad_step"
PREFERENCES_COOKIE = "marsad_view"
LANGUAGE_COOKIE = "marsad_lang"

_HOST_PREFIX = "__Host-"
# Below a path, where the cookies of other sites on the host are not ours to read or to set, the
# path keeps them apart; a cookie with the other prefix must be one of the whole host.
_PATH_PREFIX = "__Secure-"
_ONE_YEAR = timedelta(days=365)
# Old cookies whose values are harmless still count.
_HARMLESS = (PREFERENCES_COOKIE, LANGUAGE_COOKIE)


def cookie_name(name: str, *, https: bool, path: str = "") -> str:
    """The name under which browsers keep a cookie of a site at `path`."""
    if not https:
        return name
    return (_PATH_PREFIX if path else _HOST_PREFIX) + name


def read_cookie(name: str) -> str:
    """The value of one of our cookies; empty without one."""
    value = request.cookies.get(_name(name))
    if value is None and name in _HARMLESS:
        value = request.cookies.get(name)
    return value or ""


def set_cookie(
    response: Response, name: str, value: str, lifetime: timedelta | None = _ONE_YEAR
) -> None:
    """Store a cookie that neither scripts nor other sites can use.

    Without a lifetime it lasts until the browser is closed.
    """
    response.set_cookie(
        _name(name),
        value,
        max_age=lifetime,
        path=_path(),
        secure=_https(),
        httponly=True,
        samesite="Lax",
    )


def delete_cookie(response: Response, name: str) -> None:
    """Delete a cookie."""
    response.delete_cookie(
        _name(name), path=_path(), secure=_https(), httponly=True, samesite="Lax"
    )


def init_app(app: Flask, *, https: bool, path: str = "") -> None:
    """Set up the cookie of the forms; on https, replace cookies of old names as they arrive.

    `path`: that below which the site is served; empty at the root, where alone old names were.
    """
    app.config.update(
        SESSION_COOKIE_NAME=cookie_name(FORM_COOKIE, https=https, path=path),
        SESSION_COOKIE_PATH=path or "/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
    )
    if https and not path:
        app.after_request(_replace_old_cookies)


def _replace_old_cookies(response: Response) -> Response:
    for name in (SESSION_COOKIE, FORM_COOKIE, *_HARMLESS):
        if name in request.cookies:
            response.delete_cookie(name, secure=True, httponly=True, samesite="Lax")
            if name in _HARMLESS and not _has_new(response, _HOST_PREFIX + name):
                set_cookie(response, name, request.cookies[name])
    return response


def _has_new(response: Response, name: str) -> bool:
    """Whether the browser has the cookie under its new name, or gets it with this response."""
    return name in request.cookies or any(
        each.startswith(f"{name}=") for each in response.headers.getlist("Set-Cookie")
    )


def _name(name: str) -> str:
    site = _path().rstrip("/")
    return cookie_name(name, https=_https(), path=site)


def _path() -> str:
    return str(current_app.config["SESSION_COOKIE_PATH"] or "/")


def _https() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
