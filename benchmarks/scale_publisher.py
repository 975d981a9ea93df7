"""A publisher on loopback that knows what it has published, and who asked for it when.

    python -m benchmarks.scale_publisher --feeds 200 --every 10

prints one line of JSON, `{"port": 40213}`, once it listens, and then answers

    GET  /feed/N.xml   feed N (from 1): its latest 40 items; each feed has a new one every 10 s
    POST /begin        forget who has asked so far
    POST /freeze       publish nothing new from now on
    GET  /report       {"published": items so far, "polls": …, "overlapping": polls that began while
                       the same feed was being answered, "gaps": the longest time between two polls
                       of each feed, in s, "unpolled": feeds that nobody has asked for}
"""

import asyncio
import json
import time
from collections import Counter
from email.utils import formatdate

import click
from aiohttp import web

_LATEST = 40
_ANSWER_S = 0.05


class Publisher:
    """The feeds, and what is noted about those who poll them."""

    def __init__(self, feeds: int, every_s: float) -> None:
        self._feeds = feeds
        self._every_s = every_s
        self._began = time.time()
        self._frozen: float | None = None
        self.begin_counting()

    def begin_counting(self) -> None:
        """Forget who has asked so far."""
        self._polls = 0
        self._overlapping = 0
        self._asking: Counter[int] = Counter()
        self._asked_at: dict[int, float] = {}
        self._gaps: dict[int, float] = {}

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application()
        app.router.add_get(r"/feed/{feed:\d+}.xml", self.feed, allow_head=False)
        app.router.add_post("/begin", self._begin)
        app.router.add_post("/freeze", self._freeze)
        app.router.add_get("/report", self._report)
        return app

    async def feed(self, request: web.Request) -> web.Response:
        """The latest items of a feed."""
        feed, now = int(request.match_info["feed"]), time.time()
        self._note(feed, now)
        self._asking[feed] += 1
        try:
            await asyncio.sleep(_ANSWER_S)
        finally:
            self._asking[feed] -= 1
        newest = self._newest(feed, now)
        etag = f'"{newest}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(
            text=self._document(feed, newest),
            content_type="application/rss+xml",
            headers={"ETag": etag},
        )

    def _note(self, feed: int, now: float) -> None:
        self._polls += 1
        self._overlapping += self._asking[feed] > 0
        if feed in self._asked_at:
            gap = now - self._asked_at[feed]
            self._gaps[feed] = max(self._gaps.get(feed, 0.0), gap)
        self._asked_at[feed] = now

    def _newest(self, feed: int, now: float) -> int:
        """The number of the latest item; feeds publish at different moments."""
        shift = self._every_s * feed / self._feeds
        return 1 + int(((self._frozen or now) - self._began + shift) / self._every_s)

    def _document(self, feed: int, newest: int) -> str:
        items = "".join(
            f"<item><title>Item {number} of feed {feed}</title>"
            f"<link>https://p{feed}.example/{number}</link><guid>scale-{feed}-{number}</guid>"
            f"<pubDate>{formatdate(self._began + number * self._every_s)}</pubDate>"
            f"<description>Text {feed * 7919 + number} about {feed % 97} and {number % 89}."
            f"</description></item>"
            for number in range(newest, max(0, newest - _LATEST), -1)
        )
        return f"<rss version='2.0'><channel><title>Feed {feed}</title>{items}</channel></rss>"

    async def _begin(self, _request: web.Request) -> web.Response:
        self.begin_counting()
        return web.Response()

    async def _freeze(self, _request: web.Request) -> web.Response:
        self._frozen = self._frozen or time.time()
        return web.Response()

    async def _report(self, _request: web.Request) -> web.Response:
        now = time.time()
        gaps = [max(self._gaps.get(f, 0.0), now - at) for f, at in self._asked_at.items()]
        feeds = range(1, self._feeds + 1)
        return web.json_response(
            {
                "published": sum(self._newest(feed, now) for feed in feeds),
                "polls": self._polls,
                "overlapping": self._overlapping,
                "gaps": sorted(gaps),
                "unpolled": self._feeds - len(self._asked_at),
            }
        )


async def _serve(feeds: int, every_s: float) -> None:
    runner = web.AppRunner(Publisher(feeds, every_s).app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


@click.command()
@click.option("--feeds", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--every", type=float, default=10.0, show_default=True, help="Between items; s.")
def main(feeds: int, every: float) -> None:
    """Publish until killed."""
    asyncio.run(_serve(feeds, every))


if __name__ == "__main__":
    main()
