"""The second address of the API: apps that ask for FreshRSS know it below `/api/greader.php`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/api/greader.php"
_BELOW = ("/reader/", "/accounts/ClientLogin")


class FreshRssPrefix:
    """Answers below the prefix as without it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        rest = path.removeprefix(PREFIX)
        if rest != path and rest.startswith(_BELOW):
            environ["PATH_INFO"] = rest
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + PREFIX
        return self._app(environ, start_response)
