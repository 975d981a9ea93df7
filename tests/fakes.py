"""Stand-ins for what is slow or far away: a client with programmed answers, a parser."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aggregator.types import (
    CacheHints,
    EntryForPoll,
    FeedDocument,
    Fetched,
    FetchResult,
    PreparedFeed,
)
from tests.builders import a_document

Answer = FetchResult | Exception | Callable[[], Awaitable[FetchResult]]


def page(body: bytes = b"<rss/>", url: str = "https://x.example/", **values: Any) -> Fetched:
    """A good answer."""
    values = {"content_type": "application/rss+xml", "hints": CacheHints()} | values
    return Fetched(url=url, body=body, **values)


class FakeClient:
    """Answers per URL, one after another, the last one for ever; an unknown one gets `page()`."""

    def __init__(self, answers: dict[str, Answer | list[Answer]] | None = None) -> None:
        self._answers = {
            url: list(given) if isinstance(given, list) else [given]
            for url, given in (answers or {}).items()
        }
        self.asked: list[str] = []
        self.validators: list[tuple[str | None, str | None]] = []
        self.under_way: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResult:
        self.asked.append(url)
        self.validators.append((etag, last_modified))
        self.under_way[url] += 1
        self.most_at_once[url] = max(self.most_at_once[url], self.under_way[url])
        try:
            await asyncio.sleep(0)
            return await self._answer(url)
        finally:
            self.under_way[url] -= 1

    async def _answer(self, url: str) -> FetchResult:
        answers = self._answers.get(url, [page(url.encode(), url)])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return await answer() if callable(answer) else answer


class FakeParser:
    """Documents per body; an unknown body is a document without entries."""

    def __init__(self, documents: dict[bytes, PreparedFeed | Exception] | None = None) -> None:
        self.documents = dict(documents or {})
        self.prepared: list[FeedDocument] = []

    async def prepare(self, document: FeedDocument) -> PreparedFeed:
        self.prepared.append(document)
        await asyncio.sleep(0)
        found = self.documents.get(document.body, a_document())
        if isinstance(found, Exception):
            raise found
        return found


class OneEntryEach:
    """A parser for which every body is the text of one entry under a guid of its own."""

    def __init__(self, make: Callable[[str], EntryForPoll]) -> None:
        self._make = make

    async def prepare(self, document: FeedDocument) -> PreparedFeed:
        await asyncio.sleep(0)
        return a_document(self._make(document.body.decode()))


def prepare_as_told(document: FeedDocument) -> PreparedFeed:
    """For worker processes: the body says what to do."""
    told, _, rest = document.body.decode().partition(" ")
    match told:
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
