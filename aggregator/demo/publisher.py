"""The sample publisher: all outlets of the demo on one loopback port.

    python -m aggregator.demo.publisher --port 8100

Serves /SLUG/feed, /SLUG/, /SLUG/articles/ID, /owners/SLUG and /pictures/NAME.svg, and ends with the
process that started it.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any

from aggregator.demo import articles, live, pages, pictures
from aggregator.demo.articles import Article
from aggregator.demo.formats import changed_at, render
from aggregator.demo.outlets import BY_SLUG, Outlet
from aggregator.demo.owners import OWNER_BY_SLUG, owner_page
from aggregator.runtime.parent_watch import watch_parent

HOST = "127.0.0.1"
FEED_LENGTH = 40
# The poller stops at the same time, and should not record its feeds as gone.
LINGER_S = 1.0
_HTML = "text/html; charset=utf-8"
_PICTURE = re.compile(r"/pictures/([a-z0-9-]{1,40})\.svg")
_OWNER = re.compile(r"/owners/([a-z0-9-]+)")
_ARTICLE = re.compile(r"/([a-z0-9-]+)/articles/([a-z0-9-]+)")
_BELOW_OUTLET = re.compile(r"/([a-z0-9-]+)(?:/.*)?")


class Newsroom:
    """Everything that the outlets have published since the demo began at `started_at`."""

    def __init__(self, started_at: datetime) -> None:
        self._started_at = started_at
        self._written = articles.load(started_at)

    def published(self, now: datetime) -> list[Article]:
        """Everything published by `now`, newest first."""
        out = articles.visible(self._written, self._started_at, now)
        out += live.visible(self._started_at, now)
        return sorted(out, key=lambda article: article.published_at, reverse=True)

    def of(self, outlet: Outlet, now: datetime) -> list[Article]:
        """The articles in the feed and on the front page of an outlet."""
        mine = [article for article in self.published(now) if article.source == outlet.slug]
        return mine[:FEED_LENGTH]


@dataclass(frozen=True, slots=True)
class Page:
    """An answer before it is compared with what the client has."""

    body: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK
    modified_at: datetime | None = None
    max_age_s: int = 0


class SamplePublisher(ThreadingHTTPServer):
    """The server; `slow` outlets delay their feed, unless a test says otherwise."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, newsroom: Newsroom, *, slow: bool = True) -> None:
        super().__init__((HOST, port), _Handler)
        self.newsroom = newsroom
        self.slow = slow
        self.base_url = f"http://{HOST}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up; report anything else."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def page(self, path: str, now: datetime) -> Page:
        """What lies under `path`."""
        if path == "/":
            return _html(pages.list_page())
        if match := _PICTURE.fullmatch(path):
            return Page(pictures.draw(match[1]).encode(), "image/svg+xml", max_age_s=86400)
        if (match := _OWNER.fullmatch(path)) and match[1] in OWNER_BY_SLUG:
            return _html(owner_page(OWNER_BY_SLUG[match[1]]))
        match = _BELOW_OUTLET.fullmatch(path)
        outlet = BY_SLUG.get(match[1]) if match else None
        if outlet is None:
            return _html("<!doctype html><title>404</title><h1>404</h1>", HTTPStatus.NOT_FOUND)
        if outlet.format == "broken":
            return _html(pages.broken_page(outlet))
        if path == f"/{outlet.slug}/feed":
            return self._feed(outlet, now)
        return self._readable(outlet, path, now)

    def _feed(self, outlet: Outlet, now: datetime) -> Page:
        if self.slow and outlet.delay_s:
            time.sleep(outlet.delay_s)
        entries = self.newsroom.of(outlet, now)
        feed = render(outlet, entries, self.base_url)
        modified_at = max((changed_at(entry) for entry in entries), default=None)
        return Page(feed.body, feed.content_type, modified_at=modified_at)

    def _readable(self, outlet: Outlet, path: str, now: datetime) -> Page:
        match = _ARTICLE.fullmatch(path)
        if match:
            for article in self.newsroom.published(now):
                if (article.source, article.id) == (outlet.slug, match[2]):
                    return _html(pages.article_page(outlet, article))
        # Whatever else an article links to on its site is the front page.
        status = HTTPStatus.NOT_FOUND if match else HTTPStatus.OK
        return _html(pages.front_page(outlet, self.newsroom.of(outlet, now)), status)


class _Handler(BaseHTTPRequestHandler):
    server: SamplePublisher
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def version_string(self) -> str:
        return "marsad-demo"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name it overrides)
        """Nothing: the terminal belongs to the poller and the web server."""

    def _answer(self, *, with_body: bool) -> None:
        page = self.server.page(self.path.partition("?")[0], datetime.now(UTC))
        etag = f'"{blake2b(page.body, digest_size=12).hexdigest()}"'
        known = page.status is HTTPStatus.OK and self._knows(etag, page.modified_at)
        self.send_response(HTTPStatus.NOT_MODIFIED if known else page.status)
        self.send_header("ETag", etag)
        if page.modified_at:
            self.send_header("Last-Modified", _http_date(page.modified_at))
        if page.max_age_s:
            self.send_header("Cache-Control", f"public, max-age={page.max_age_s}")
        self.send_header("X-Content-Type-Options", "nosniff")
        if not known:
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if with_body and not known:
            self.wfile.write(page.body)

    def _knows(self, etag: str, modified_at: datetime | None) -> bool:
        """Whether the client has it already (RFC 9110 section 13.1: the ETag takes precedence)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in tags.split(","))
        since = _date(self.headers.get("If-Modified-Since"))
        if since is None or modified_at is None:
            return False
        return modified_at.replace(microsecond=0) <= since


def _html(text: str, status: HTTPStatus = HTTPStatus.OK) -> Page:
    return Page(text.encode(), _HTML, status)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m aggregator.demo.publisher")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--started", type=datetime.fromisoformat, help="when the demo began")
    options = parser.parse_args(arguments)
    watch_parent()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    newsroom = Newsroom(options.started or datetime.now(UTC))
    try:
        server = SamplePublisher(options.port, newsroom)
    except OSError as error:
        sys.stderr.write(f"the sample publisher cannot use port {options.port}: {error}\n")
        return 1
    with server:
        server.serve_forever()
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    time.sleep(LINGER_S)
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
