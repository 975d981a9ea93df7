"""A publisher of many feeds on loopback, slow as the web is, in a process of its own.

    python -m benchmarks.publisher --feeds 200 --entries 30

prints one line of JSON, `{"port": 40213}`, once it listens, and then answers

    GET  /feed/N.xml       feed N (from 1) after 50 to 300 ms; 304 if the validators match
    POST /round/NAME       go to the round first, unchanged or changed, and forget the counts
    GET  /counts           {"200": …, "304": …, "bytes": …} since the round began

The delay depends on the seed, the round, the feed and how often it was asked in this round
alone, so that every system under test meets the same one. Bodies are built before the server
listens; a request costs it a look-up.
"""

import asyncio
import json
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import click
from aiohttp import web

from benchmarks.feeds import ROUNDS, Catalogue, Document, Round, is_changed


class Publisher:
    """The handlers and what they share: the documents, the round, the counts."""

    def __init__(
        self,
        documents: Mapping[tuple[int, bool], Document],
        seed: int,
        latency: tuple[float, float],
    ) -> None:
        """`documents` by (feed, changed); `latency` is the shortest and longest delay in s."""
        self._documents = documents
        self._seed = seed
        self._latency = latency
        self._round: Round = "first"
        self._asked: Counter[int] = Counter()
        self._counts: Counter[str] = Counter()

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application()
        app.router.add_get(r"/feed/{feed:\d+}.xml", self.feed, allow_head=False)
        app.router.add_post("/round/{name}", self.turn)
        app.router.add_get("/counts", self.counts)
        return app

    async def feed(self, request: web.Request) -> web.Response:
        """A feed, or 304 where the client has it already."""
        number = int(request.match_info["feed"])
        changed = self._round == "changed" and is_changed(number)
        document = self._documents.get((number, changed))
        if document is None:
            raise web.HTTPNotFound
        await asyncio.sleep(self._delay(number))
        headers = {"ETag": document.etag, "Last-Modified": document.last_modified}
        if _is_fresh(request, document):
            self._counts["304"] += 1
            return web.Response(status=304, headers=headers)
        self._counts.update({"200": 1, "bytes": len(document.body)})
        headers["Content-Type"] = "application/rss+xml; charset=utf-8"
        return web.Response(body=document.body, headers=headers)

    async def turn(self, request: web.Request) -> web.Response:
        """Go to another round."""
        name = request.match_info["name"]
        for round_ in ROUNDS:
            if name == round_:
                self._round = round_
                self._asked.clear()
                self._counts.clear()
                return web.Response(status=204)
        raise web.HTTPNotFound

    async def counts(self, _request: web.Request) -> web.Response:
        """How many answers of each kind were given in this round."""
        return web.json_response(self._counts)

    def _delay(self, feed: int) -> float:
        self._asked[feed] += 1
        random = Random(f"{self._seed}:{self._round}:{feed}:{self._asked[feed]}")
        return random.uniform(*self._latency)


def _is_fresh(request: web.Request, document: Document) -> bool:
    """RFC 9110, 13.1.3: If-Modified-Since counts only without If-None-Match."""
    if "If-None-Match" in request.headers:
        return document.etag in request.headers["If-None-Match"]
    return request.headers.get("If-Modified-Since") == document.last_modified


def _documents(catalogue: Catalogue, feeds: int) -> dict[tuple[int, bool], Document]:
    documents: dict[tuple[int, bool], Document] = {}
    for feed in range(1, feeds + 1):
        documents[feed, False] = catalogue.document(feed, "first")
        if is_changed(feed):
            documents[feed, True] = catalogue.document(feed, "changed")
    return documents


async def _serve(feeds: int, entries: int, seed: int, latency: tuple[float, float]) -> None:
    publisher_documents: dict[tuple[int, bool], Document] = {}
    runner = web.AppRunner(Publisher(publisher_documents, seed, latency).app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    port = runner.addresses[0][1]
    newest = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    catalogue = Catalogue(seed, entries, newest, f"http://127.0.0.1:{port}")
    publisher_documents.update(_documents(catalogue, feeds))
    print(json.dumps({"port": port}), flush=True)
    # The parent holds the other end: when it ends, however it ends, so does the publisher.
    await end_of_input()
    await runner.cleanup()


async def end_of_input() -> None:
    """Wait for the end of standard input.

    In a daemon thread, which an interruption does not have to wait for in its turn.
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, daemon=True).start()
    await ended.wait()


@click.command()
@click.option("--feeds", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--entries", type=click.IntRange(min=10), default=30, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--latency", type=(int, int), default=(50, 300), help="Shortest, longest; ms.")
def main(feeds: int, entries: int, seed: int, latency: tuple[int, int]) -> None:
    """Publish FEEDS feeds on loopback until standard input ends."""
    asyncio.run(_serve(feeds, entries, seed, (latency[0] / 1000, latency[1] / 1000)))


if __name__ == "__main__":
    main()
