"""An id for each request: in its lines of the log, in its response, on pages of errors."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING

from aggregator.runtime.log_lines import REQUEST_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-ID"
# UUIDs, and what nginx, HAProxy and Traefik make; nothing that has to be escaped.
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,127}")

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class RequestIds:
    """WSGI middleware that gives each request its id.

    That of a proxy whose address is trusted, if it is well-formed, so that both logs show the same.
    """

    def __init__(self, app: WSGIApplication, trusts: Callable[[str], bool]) -> None:
        self._app = app
        self._trusts = trusts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the id in a header.

        The id stays after the answer, until the thread's next request: some writes follow it.
        """
        trusted = self._trusts(environ.get("REMOTE_ADDR", ""))
        given = environ.get("HTTP_X_REQUEST_ID", "") if trusted else ""
        request_id = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
        REQUEST_ID.set(request_id)

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: ExceptionInfo | None = None, /
        ) -> Callable[[bytes], object]:
            headers.append((HEADER, request_id))
            return start_response(status, headers, exc_info)

        return self._app(environ, start)
