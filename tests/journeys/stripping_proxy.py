"""A reverse proxy on loopback: serves a site below a path, which it removes, beside other sites."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# Of one connection, or written by the server itself (RFC 9110, section 7.6.1).
_NOT_HANDED_ON = {"connection", "keep-alive", "transfer-encoding", "date", "server", "host"}


class StrippingProxy(ThreadingHTTPServer):
    """Hands requests below `root` to `target`, once it is set, and notes all others."""

    daemon_threads = True

    def __init__(self, root: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.target = ""
        self.outside: list[str] = []

    @property
    def site(self) -> str:
        """The public address of the site."""
        return f"http://127.0.0.1:{self.server_port}{self.root}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StrippingProxy

    def do_GET(self) -> None:  # as http.server calls it
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.startswith(f"{self.server.root}/"):
            self.server.outside.append(self.path)
            self._send(404, [], b"another site")
            return
        target = urlsplit(self.server.target)
        assert target.hostname
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_HANDED_ON}
        headers |= {
            "Host": target.netloc,
            "X-Forwarded-For": self.client_address[0],
            "X-Forwarded-Host": self.headers["Host"],
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Prefix": self.server.root,
        }
        with closing(http.client.HTTPConnection(target.hostname, target.port)) as behind:
            behind.request(self.command, self.path.removeprefix(self.server.root), body, headers)
            answer = behind.getresponse()
            self._send(answer.status, answer.getheaders(), answer.read())

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _NOT_HANDED_ON | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def stripping_proxy(root: str) -> Iterator[StrippingProxy]:
    """A running proxy, whose `target` is set later."""
    with StrippingProxy(root) as proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
