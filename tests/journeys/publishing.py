"""A publisher on loopback whose feeds slide: poll k of a feed shows the entries 10k … 10k+29."""

from __future__ import annotations

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

STEP = 10
WINDOW = 30


class SlidingPublisher:
    """Counts who asks for which feed, and how many ask at the same moment."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.polls: Counter[str] = Counter()
        self.under_way: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self._lock = threading.Lock()
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: object) -> None:
                pass  # a poller was killed in the middle of an answer

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, feed: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{feed}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        feed = request.path.strip("/")
        with self._lock:
            poll = self.polls[feed]
            self.polls[feed] += 1
            self.under_way[feed] += 1
            self.most_at_once[feed] = max(self.most_at_once[feed], self.under_way[feed])
        try:
            time.sleep(self.delay_s)
            body = rss(feed, STEP * poll)
            request.send_response(200)
            request.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        finally:
            with self._lock:
                self.under_way[feed] -= 1


def guid(feed: str, number: int) -> str:
    return f"{feed}/{number}"


def rss(feed: str, first: int) -> bytes:
    items = "".join(
        f"<item><title>خبر {number} من {feed}</title><guid>{guid(feed, number)}</guid>"
        f"<link>https://{feed}.example/{number}</link>"
        f"<description>نص الخبر رقم {number} كما نشره {feed} هذا الصباح</description></item>"
        for number in reversed(range(first, first + WINDOW))
    )
    return f'<rss version="2.0"><channel><title>{feed}</title>{items}</channel></rss>'.encode()
