"""The web servers that were compared, each with its settings, started in a process of its own.

    python -m benchmarks.web_candidates "waitress, 4 threads" config.toml

A process that only watches over others imports its server and nothing else. For the checks of
behaviour, `/slow?N` sleeps N seconds before it answers, `/big` answers 8 MB, and `/echo` tells
what the server made of the request.
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

Wsgi = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Candidate:
    """A server and its settings."""

    name: str
    package: str
    serve: Callable[[str, int, Mapping[str, Any]], None]
    options: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> str:
        """Name and version."""
        return f"{self.name} ({self.package} {version(self.package)})"

    def is_installed(self) -> bool:
        """Whether the package is there."""
        return find_spec(self.package) is not None


def load_app(config_file: str) -> Wsgi:
    """Marsad's application with the two paths for checks."""
    from pathlib import Path

    from aggregator import config
    from web import create_app

    app = create_app(config.load(Path(config_file), {})).wsgi_app

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = _CHECKS.get(environ["PATH_INFO"])
        if answer is None:
            return app(environ, start_response)
        body = answer(environ)
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]

    return wrapped


def _slow(environ: Mapping[str, Any]) -> bytes:
    time.sleep(float(environ["QUERY_STRING"]))
    return b"slept"


def _echo(environ: Mapping[str, Any]) -> bytes:
    names = ("wsgi.url_scheme", "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED")
    return " ".join(str(environ.get(name, "-")) for name in names).encode()


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    "/slow": _slow,
    "/big": lambda _environ: b"x" * 8_000_000,
    "/echo": _echo,
}


def _gunicorn(config_file: str, port: int, options: Mapping[str, Any]) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not annotated
        def load_config(self) -> None:
            settings = {
                "bind": f"127.0.0.1:{port}",
                "worker_class": "gthread",
                "loglevel": "warning",
                "graceful_timeout": 8,
                "timeout": 60,
                "forwarded_allow_ips": "",
            }
            for name, value in {**settings, **options}.items():
                self.cfg.set(name, value)

        def load(self) -> object:
            return load_app(config_file)

    Server().run()


def _granian(config_file: str, port: int, options: Mapping[str, Any]) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "marsad",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        log_level=LogLevels.warning,
        workers_kill_timeout=8,
        **options,
    ).serve(target_loader=partial(load_app, config_file), wrap_loader=False)


def _waitress(config_file: str, port: int, options: Mapping[str, Any]) -> None:
    from logging import ERROR, getLogger

    from waitress import serve

    getLogger("waitress.queue").setLevel(ERROR)
    serve(
        load_app(config_file),
        listen=f"127.0.0.1:{port}",
        _quiet=True,
        connection_limit=1000,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,
        **options,
    )


def _marsad(config_file: str, port: int, options: Mapping[str, Any]) -> None:
    from aggregator.runtime.listening import listen
    from web.serving.server import serve_app

    serve_app(load_app(config_file), listen("127.0.0.1", port))


CANDIDATES = (
    Candidate("Marsad's own set-up", "waitress", _marsad),
    Candidate("gunicorn, 4 threads", "gunicorn", _gunicorn, {"threads": 4}),
    Candidate("gunicorn, 8 threads", "gunicorn", _gunicorn, {"threads": 8}),
    Candidate("gunicorn, 2 x 4 threads", "gunicorn", _gunicorn, {"threads": 4, "workers": 2}),
    Candidate("granian, 2 threads", "granian", _granian, {"blocking_threads": 2}),
    Candidate("granian, 4 threads", "granian", _granian, {"blocking_threads": 4}),
    Candidate("granian, 8 threads", "granian", _granian, {"blocking_threads": 8}),
    Candidate(
        "granian, backpressure 4",
        "granian",
        _granian,
        {"blocking_threads": 4, "backpressure": 4},
    ),
    Candidate("granian, 2 x 4 threads", "granian", _granian, {"blocking_threads": 4, "workers": 2}),
    Candidate("waitress, 2 threads", "waitress", _waitress, {"threads": 2}),
    Candidate("waitress, 4 threads", "waitress", _waitress, {"threads": 4}),
    Candidate("waitress, 8 threads", "waitress", _waitress, {"threads": 8}),
)


def main(name: str, config_file: str, port: str) -> None:
    """Serve as the candidate `name` does until SIGTERM."""
    (candidate,) = (candidate for candidate in CANDIDATES if candidate.name == name)
    candidate.serve(config_file, int(port), candidate.options)


if __name__ == "__main__":
    main(*sys.argv[1:])
