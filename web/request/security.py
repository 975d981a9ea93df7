"""Protection of every response: headers, CSRF, and safe redirect targets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from urllib.parse import unquote, urlsplit

from flask import Flask, Response, abort, g, request
from flask_wtf.csrf import CSRFError

from aggregator.config.values import base_path
from aggregator.process.html.players import EMBED_HOSTS
from web.request import cookies
from web.request.database import settings
from web.request.form_session import FormSessionInterface
from web.request.forwarded import ORIGINAL, UNIX_CLIENT
from web.state import state_of

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 256 * 1024  # the largest form is a list of tags
MAX_UPLOAD_BYTES = 1024 * 1024  # an OPML file with about four thousand feeds

_FRAMES = " ".join(f"https://{host}" for host in EMBED_HOSTS) or "'none'"
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' https: http:",
        "media-src https: http:",
        f"frame-src {_FRAMES}",
        "connect-src 'self'",
        "manifest-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# For everything but pages: nothing in it may ever run.
DATA_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
    ),
}
_ONE_YEAR = int(timedelta(days=365).total_seconds())
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
_DEFAULT_PORTS = (80, 443)


class CrossSiteRequest(CSRFError):  # type: ignore[misc]  # Flask-WTF comes without types
    """A form that another site sent."""

    description = "the request was sent by a page of another site"


def own_path(path: str) -> str:
    """A path of this site as browsers know it: below that of `web.base_url`."""
    return request.script_root + path


def safe_next(target: str | None, fallback: str = "") -> str:
    """`target` if it keeps a browser on this site, else `fallback`, or the front page.

    Both are paths as browsers know them. Browsers read "\\" as "/", drop tabs and newlines anywhere
    and control characters at the ends, and treat "//host" as another site; a target with any of
    these is refused, and one that steps up, which may leave the path of this site.
    """
    fallback, root = fallback or own_path("/"), own_path("/")
    if not target or len(target) > 2000 or not target.startswith(root) or target[1:2] == "/":
        return fallback
    if "\\" in target or not target.isprintable():
        return fallback
    try:
        parts = urlsplit(target)
    except ValueError:
        return fallback
    steps = {unquote(step) for step in parts.path.split("/")}
    outside = parts.scheme or parts.netloc or (root != "/" and ".." in steps)
    return fallback if outside else target


def init_app(app: Flask, base_url: str) -> None:
    """Protect forms and add the headers to every response of the site at `base_url`."""
    https = base_url.startswith("https:")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # pages stay open for hours
        WTF_CSRF_SSL_STRICT=False,  # compares Referer with Host, which proxies rewrite
    )
    app.before_request(_refuse_nameless_fields)
    cookies.init_app(app, https=https, path=base_path(base_url))
    app.session_interface = FormSessionInterface()
    app.before_request(_refuse_other_sites)
    app.before_request(_proxy_check())
    state_of(app).csrf.init_app(app)
    if https:
        app.after_request(_require_https)
    app.after_request(_add_headers)


def _refuse_nameless_fields() -> None:
    """Refuse a multipart field without a name: Flask-WTF fails on it."""
    multipart = request.mimetype == "multipart/form-data"
    if multipart and request.blueprint != "websub" and None in request.form:
        abort(400)


def _proxy_check() -> Callable[[], None]:
    """Warn once about a proxy that `web.trusted_proxies` does not name."""
    warned = Event()

    def check() -> None:
        if warned.is_set() or ORIGINAL in request.environ:
            return
        if any(name in request.headers for name in _FORWARDED):
            warned.set()
            log.warning(
                "a request was forwarded by %s, which web.trusted_proxies does not name: if that "
                "is a proxy of yours, add it, or all visitors count as one in rate limits",
                "a unix socket" if request.remote_addr == UNIX_CLIENT else request.remote_addr,
            )

    return check


def _refuse_other_sites() -> None:
    """Refuse a change that a page of another site, even of a sibling host, asks for.

    Browsers send Sec-Fetch-Site on https, and Origin everywhere; programs send neither.
    """
    if request.method in _SAFE_METHODS or request.blueprint == "greader":
        return  # an app may be a page of another site, and has no cookie to misuse
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        allowed = _is_own_origin(request.headers.get("Origin"))
    if not allowed:
        raise CrossSiteRequest


def _is_own_origin(origin: str | None) -> bool:
    """Whether an origin is missing, the host of this request, or that of `web.base_url`.

    Proxies may rewrite the host and end TLS, so either is enough, and schemes are not compared.
    """
    if origin is None:
        return True
    host = _host(origin)
    ours = (_host(f"{request.scheme}://{request.host}"), _host(settings().base_url))
    return bool(host[0]) and host in ours


def _host(url: str) -> tuple[str, int | None]:
    """The host and unusual port of an address; an empty host if it has none, such as "null"."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", None
    return parts.hostname or "", None if port in _DEFAULT_PORTS else port


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    page = response.mimetype == "text/html"
    policy = PAGE_POLICY if page else DATA_POLICY
    response.headers.setdefault("Content-Security-Policy", policy)
    if request.endpoint == "static":
        if "v" in request.args and response.status_code in (200, 304):  # names its content
            response.headers["Cache-Control"] = f"public, max-age={_ONE_YEAR}, immutable"
    elif "immutable" not in response.headers.get("Cache-Control", ""):
        _set_cache_control(response, page=page)
    return response


def _require_https(response: Response) -> Response:
    """Have browsers use https from now on; other hosts of the domain are not ours to decide for."""
    response.headers.setdefault("Strict-Transport-Security", f"max-age={_ONE_YEAR}")
    return response


def _set_cache_control(response: Response, *, page: bool) -> None:
    private = g.get("user") is not None or request.method == "POST"
    response.headers.setdefault("Cache-Control", "private, no-cache" if private else "no-cache")
    response.vary.update(("Cookie", "Accept-Language") if page else ("Cookie", "Authorization"))
