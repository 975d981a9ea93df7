"""Stand-ins for what is slow or remote: a client with programmed answers, a parser."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from aggregator.clock import SystemClock
from aggregator.types import (
    CacheHints,
    FeedDocument,
    FetchedFeed,
    FetchResult,
    PreparedEntry,
    PreparedFeed,
)
from tests.builders import a_document

Answer = FetchResult | Exception | Callable[[], Awaitable[FetchResult]]


def ok_response(
    body: bytes = b"<rss/>", url: str = "https://x.example/", **values: Any
) -> FetchedFeed:
    """A good answer."""
    values = {"content_type": "application/rss+xml", "hints": CacheHints()} | values
    return FetchedFeed(url=url, body=body, **values)


class FakeClient:
    """Answers per URL, in order; the last one repeats, an unknown URL gets `ok_response()`."""

    def __init__(self, answers: dict[str, Answer | list[Answer]] | None = None) -> None:
        self._answers = {
            url: list(given) if isinstance(given, list) else [given]
            for url, given in (answers or {}).items()
        }
        self.requested_urls: list[str] = []
        self.validators: list[tuple[str | None, str | None]] = []
        self.in_flight: Counter[str] = Counter()
        self.max_concurrent: Counter[str] = Counter()

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        configured_url: str | None = None,
    ) -> FetchResult:
        self.requested_urls.append(url)
        self.validators.append((etag, last_modified))
        self.in_flight[url] += 1
        self.max_concurrent[url] = max(self.max_concurrent[url], self.in_flight[url])
        try:
            await asyncio.sleep(0)
            return await self._answer(url)
        finally:
            self.in_flight[url] -= 1

    async def _answer(self, url: str) -> FetchResult:
        answers = self._answers.get(url, [ok_response(url.encode(), url)])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return await answer() if callable(answer) else answer


class FakeParser:
    """Documents per body; an unknown body is a document without entries."""

    def __init__(self, documents: dict[bytes, PreparedFeed | Exception] | None = None) -> None:
        self.documents = dict(documents or {})
        self.prepared: list[FeedDocument] = []
        self.warm_ups = 0

    def warm_up(self) -> None:
        self.warm_ups += 1

    async def prepare(self, document: FeedDocument) -> PreparedFeed:
        self.prepared.append(document)
        await asyncio.sleep(0)
        found = self.documents.get(document.body, a_document())
        if isinstance(found, Exception):
            raise found
        return found


class OneEntryParser:
    """A parser for which every body is the text of one entry under a guid of its own."""

    def __init__(self, make: Callable[[str], PreparedEntry]) -> None:
        self._make = make

    def warm_up(self) -> None:
        pass

    async def prepare(self, document: FeedDocument) -> PreparedFeed:
        await asyncio.sleep(0)
        return a_document(self._make(document.body.decode()))


def misbehaving_prepare(document: FeedDocument) -> PreparedFeed:
    """Prepare as the body says, for tests of worker processes."""
    order, _, rest = document.body.decode().partition(" ")
    match order:
        case "forever":
            while True:
                pass
        case "memory":
            bytearray(2**32)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "exit":
            os._exit(3)
        case "bug":
            raise ZeroDivisionError
    return a_document(title=rest)


class SteppedClock(SystemClock):
    """The clocks of this machine, the wall's set ahead or back by `offset`."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.offset


class FakeClock:
    """A clock that a test sets; time passes only by `wait`."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._seconds = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def wait(self, passed: timedelta) -> None:
        """Let time pass, on both clocks."""
        self._now += passed
        self._seconds += passed.total_seconds()

    def step(self, by: timedelta) -> None:
        """Set the wall clock, ahead or back."""
        self._now += by
