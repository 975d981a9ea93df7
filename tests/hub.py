"""A small hub on loopback: takes subscriptions, verifies them, delivers. It serves feeds as well.

with Hub() as hub:
    hub.serve("/feed", rss(1, hub=hub.url))
    ... the subscriber polls hub.at("/feed") ...
    hub.push(hub.at("/feed"), b"<rss>…")
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

VERIFY_WITHIN_S = 20


@dataclass
class Subscriber:
    """A subscriber that confirmed a topic."""

    callback: str
    secret: str
    confirmed: int = 0


class Hub:
    """The hub: `received_forms` are the requests, `subscribers` those that were verified."""

    def __init__(self) -> None:
        self.received_forms: list[dict[str, str]] = []
        self.subscribers: dict[str, Subscriber] = {}
        self.visits: Counter[str] = Counter()
        self.status = 202
        self.lease_seconds = 864_000
        self._feeds: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    @property
    def url(self) -> str:
        return self.at("/hub")

    def serve(self, path: str, body: bytes) -> None:
        self._feeds[path] = body

    def push(
        self, topic: str, body: bytes, *, method: str = "sha256", secret: str | None = None
    ) -> int:
        """Deliver, signed with what was agreed unless another `secret` is given ("": unsigned)."""
        subscriber = self.subscribers[topic]
        key = subscriber.secret if secret is None else secret
        headers = {"Content-Type": "application/rss+xml"}
        if key:
            headers["X-Hub-Signature"] = sign(key, body, method)
        return send(subscriber.callback, body, headers)

    # What the handler calls.

    def accept_request(self, form: dict[str, str]) -> int:
        self.received_forms.append(form)
        if self.status == 202:
            threading.Thread(target=self._verify, args=(form,), daemon=True).start()
        return self.status

    def feed(self, path: str) -> bytes | None:
        self.visits[path] += 1
        return self._feeds.get(path)

    def _verify(self, form: dict[str, str]) -> None:
        challenge = secrets.token_hex(8)
        parameters = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": challenge,
            "hub.lease_seconds": str(self.lease_seconds),
        }
        if _ask(form["hub.callback"], parameters) != challenge:
            return
        topic = form["hub.topic"]
        if form["hub.mode"] == "unsubscribe":
            self.subscribers.pop(topic, None)
            return
        before = self.subscribers.get(topic)
        confirmed = before.confirmed + 1 if before else 1
        self.subscribers[topic] = Subscriber(form["hub.callback"], form["hub.secret"], confirmed)


def sign(secret: str, body: bytes, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


def send(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Deliver `body`; the status of the answer."""
    try:
        with urlopen(Request(url, data=body, headers=headers), timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def rss(*titles: str, hub: str = "", topic: str = "") -> bytes:
    """A feed with an entry for each title, naming its hub and itself."""
    links = f'<atom:link rel="hub" href="{hub}"/>' if hub else ""
    links += f'<atom:link rel="self" href="{topic}"/>' if topic else ""
    entries = "".join(
        f"<item><guid>{title}</guid><title>{title}</title><link>https://x.example/{n}{title}</link>"
        "</item>"
        for n, title in enumerate(titles)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>جريدة</title>'
        f"{links}{entries}</channel></rss>"
    ).encode()


def _ask(callback: str, parameters: dict[str, str]) -> str:
    """The subscriber's answer, "" if it is an error; waits for one that is still starting."""
    deadline = time.monotonic() + VERIFY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{callback}?{urlencode(parameters)}", timeout=10) as answer:
                return str(answer.read().decode())
        except HTTPError:
            return ""
        except OSError:
            time.sleep(0.1)
    return ""


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(hub.accept_request(dict(parse_qsl(body))), b"")

        def do_GET(self) -> None:
            body = hub.feed(urlsplit(self.path).path)
            self._answer(404 if body is None else 200, body or b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
