"""A publisher with live feeds: each gains an entry every few seconds.

Bodies are put together from a stock, so that the publisher costs the machine next to nothing.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.vocabulary import Writer

ENTRIES = 30
_STOCK = 400


class LivePublisher(ThreadingHTTPServer):
    """GET /N is feed N (RSS 2.0, with an ETag); its newest entry is at most `every_s` old."""

    daemon_threads = True

    def __init__(self, every_s: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._every_s = every_s

    def newest(self, feed: int) -> int:
        """The number of the newest entry; feeds take turns."""
        return int((time.time() + feed * 7.3) / self._every_s)

    def document(self, feed: int, newest: int) -> bytes:
        """The feed with its last entries."""
        items = "".join(self._item(feed, newest - age, age) for age in range(ENTRIES))
        return f'<rss version="2.0"><channel><title>{feed}</title>{items}</channel></rss>'.encode()

    def _item(self, feed: int, number: int, age: int) -> str:
        title, *rest = self._stock[(feed * 31 + number) % _STOCK]
        link = f"https://source-{feed:03}.example/{number}"
        sentences = (f"{link} {title}", *rest)  # or all would be copies of one another
        body = "".join(f"&lt;p&gt;{sentence}&lt;/p&gt;" for sentence in sentences)
        date = formatdate(time.time() - age * self._every_s)
        return (
            f"<item><title>{title} {number}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{date}</pubDate><description>{body}</description></item>\n"
        )

    @cached_property
    def _stock(self) -> list[list[str]]:
        writer = Writer("arriving")
        return [[writer.headline(), *(writer.sentence() for _ in range(5))] for _ in range(_STOCK)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LivePublisher

    def do_GET(self) -> None:
        feed = int(self.path.strip("/"))
        newest = self.server.newest(feed)
        known = self.headers.get("If-None-Match") == f'"{newest}"'
        body = b"" if known else self.server.document(feed, newest)
        self.send_response(304 if known else 200)
        self.send_header("ETag", f'"{newest}"')
        self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""


@contextmanager
def run_live_publisher(every_s: float) -> Iterator[int]:
    """Publish on a loopback port while the block runs."""
    with LivePublisher(every_s) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
