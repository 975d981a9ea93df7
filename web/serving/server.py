"""The web server: which one, and how it is set up (measured in docs/decisions/0003).

In each process (`[web] workers`) waitress' loop, in the main thread, reads requests and sends
answers for all connections, so that a slow client costs memory and no thread, and not for long
(`connections`); a few threads run the application (`lanes`).
"""

from __future__ import annotations

import gc
import logging
import signal
import socket
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from waitress.server import BaseWSGIServer, create_server
from waitress.wasyncore import dispatcher

from aggregator.config import Settings
from aggregator.runtime import listening
from aggregator.runtime.service_manager import ServiceManager
from web import create_app
from web.request.forwarded import TrustedProxies
from web.request.request_size import channel_class
from web.request.security import MAX_UPLOAD_BYTES
from web.serving.connections import ConnectionLimits, close_overdue
from web.serving.lanes import Lanes
from web.state import state_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CHECK_INTERVAL_S = 1.0
SHUTDOWN_TIMEOUT_S = 8.0
# For writes that wait for the database; the supervisor kills 10 s after its signal.
DEFERRED_TIMEOUT_S = 0.5
_OPTIONS: dict[str, object] = {
    "connection_limit": 800,  # a process may commonly have 1024 files open
    "asyncore_use_poll": True,  # select() cannot see the files above 1024
    "channel_timeout": 600,  # `connections` closes them much earlier
    "max_request_header_size": 32 * 1024,
    "max_request_body_size": 2 * MAX_UPLOAD_BYTES,  # the application explains what is too large
    "log_socket_errors": False,  # clients come and go
    "ident": None,
    # create_app decides which proxies to trust, and warns about others.
    "clear_untrusted_proxy_headers": False,
}


def serve(settings: Settings, config_path: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT; requests in progress are finished first."""
    inherited = listening.inherited_listener()
    listener = inherited or listening.listen(
        settings.web.host, settings.web.port, settings.web.socket
    )
    path = listening.path_of(listener)
    app = create_app(settings, config_path=config_path)
    state = state_of(app)
    if state.replica is not None:
        state.replica.watch()
    freeze_startup_objects()
    limits = ConnectionLimits(proxies=TrustedProxies(settings.web.trusted_proxies))
    max_push, base_path = state.max_push_bytes, settings.web.base_path
    serve_app(app, listener, max_push, limits, base_path, ServiceManager.from_environment())
    if inherited is None:
        listening.remove_path(path)
    if state.replica is not None:
        state.replica.close()
    state.deferred.close(DEFERRED_TIMEOUT_S)


def freeze_startup_objects() -> None:
    """Exclude modules, templates and mappings from garbage collection.

    They live as long as the process; scanning them again and again delayed one search, or one
    page, in a hundred by 80 ms.
    """
    gc.collect()
    gc.freeze()


def serve_app(
    app: WSGIApplication,
    listener: socket.socket,
    max_push: int = 0,
    limits: ConnectionLimits | None = None,
    base_path: str = "",
    manager: ServiceManager | None = None,
) -> None:
    """As `serve`, for any application and a socket that listens already.

    `max_push`: maximum bytes that a hub may deliver; 0 if hubs cannot reach us. `base_path`: that
    below which the site is served, which a proxy may leave out. `manager`: gets reports from the
    loop that serves.
    """
    manager = manager or ServiceManager()
    logging.getLogger("waitress").setLevel(logging.WARNING)  # logs clients that leave early
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # logs queued requests
    connections: dict[int, dispatcher] = {}
    server = create_server(
        app, map=connections, sockets=[listener], _dispatcher=Lanes(base_path), **_OPTIONS
    )
    server.channel_class = channel_class(
        (f"{base_path}/websub/", "/websub/"), max_push, limits or ConnectionLimits()
    )
    stop = _StopSignal(server)
    next_check = 0.0
    while not stop.requested:
        now = time.monotonic()
        if now >= next_check:
            next_check = now + CHECK_INTERVAL_S
            close_overdue(server.active_channels.values(), now)
            manager.report_alive()
        _run_loop_once(server, connections)
    manager.report_stopping()
    _drain(server, connections)


class _StopSignal:
    """Records SIGTERM and SIGINT and wakes the loop."""

    def __init__(self, server: BaseWSGIServer) -> None:
        self.requested = False
        self._server = server
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        self._server.pull_trigger()


def _run_loop_once(server: BaseWSGIServer, connections: dict[int, dispatcher]) -> None:
    """Run the loop once: wait up to a second for events and handle them."""
    server.asyncore.loop(timeout=1, use_poll=True, map=connections, count=1)


def _drain(server: BaseWSGIServer, connections: dict[int, dispatcher]) -> None:
    """Accept no more connections and finish the answers in progress, for up to 8 s."""
    dispatcher.close(server)  # its own close() also closes what wakes the loop
    deadline = time.monotonic() + SHUTDOWN_TIMEOUT_S
    while _is_busy(server) and time.monotonic() < deadline:
        _run_loop_once(server, connections)
    server.task_dispatcher.shutdown(timeout=0.5)


def _is_busy(server: BaseWSGIServer) -> bool:
    channels = list(server.active_channels.values())
    return any(channel.requests or channel.total_outbufs_len for channel in channels)
