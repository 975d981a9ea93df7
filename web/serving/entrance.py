"""Where requests enter the application: through proxies, and below the path of `web.base_url`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.utils import redirect

from web.request.forwarded import ORIGINAL, Origin, TrustedProxies, find_origin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FORWARDED = ("for", "proto", "host")


class Entrance:
    """Gives the application the address of the client and the path below the site's own.

    A proxy may hand on the path as it is, or without that of the site: both work. If a page of ours
    has the name of that path, a trusted proxy that removes it says so by X-Forwarded-Prefix, which
    means nothing else: a header moves no link.
    """

    def __init__(self, app: WSGIApplication, proxies: TrustedProxies, base_path: str) -> None:
        self._app = app
        self._proxies = proxies
        self._base_path = base_path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR", "")
        trusted = self._proxies.trusts(peer)
        if trusted:
            _set_origin(environ, find_origin(peer, _forwarded_headers(environ), self._proxies))
        if not self._base_path:
            return self._app(environ, start_response)
        if environ["PATH_INFO"] == self._base_path:
            query = environ.get("QUERY_STRING", "")
            home = f"{self._base_path}/{'?' if query else ''}{query}"
            return redirect(home, 308)(environ, start_response)
        removed = trusted and environ.get("HTTP_X_FORWARDED_PREFIX", "") == self._base_path
        if not removed and environ["PATH_INFO"].startswith(f"{self._base_path}/"):
            environ["PATH_INFO"] = environ["PATH_INFO"][len(self._base_path) :]
        environ["SCRIPT_NAME"] = self._base_path
        return self._app(environ, start_response)


def _forwarded_headers(environ: WSGIEnvironment) -> dict[str, str]:
    found = {
        f"x-forwarded-{name}": environ.get(f"HTTP_X_FORWARDED_{name.upper()}")
        for name in _FORWARDED
    } | {"forwarded": environ.get("HTTP_FORWARDED")}
    return {name: value for name, value in found.items() if value}


def _set_origin(environ: WSGIEnvironment, origin: Origin) -> None:
    told = {
        "REMOTE_ADDR": origin.address,
        "wsgi.url_scheme": origin.scheme,
        "HTTP_HOST": origin.host,
    }
    environ[ORIGINAL] = {name: environ.get(name) for name in told}
    environ.update({name: value for name, value in told.items() if value})
