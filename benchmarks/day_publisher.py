"""The publishers of a newsroom's day on loopback, in a process of their own.

    python -m benchmarks.day_publisher --feeds 1000 --entries 20000 --backlog 10 --factor 288

prints one line of JSON once it listens, {"port": …, "new_words": share}, and then answers

    GET  /feed/N.xml      the feed as it is now (RSS 2.0); 304 if the validators match
    POST /day             midnight: from now on, `factor` seconds of the day pass in each second
    GET  /state           {"served": entries of the day requested so far, "200": …, "304": …,
                          "waited_s": [each sampled entry's seconds from publication to its answer]}
    GET  /samples?after=N sampled entries from the N-th on: [feed, guid, time of the answer]

It stops at the end of its standard input. The clock of the day stands still after its last second.
"""

from __future__ import annotations

import asyncio
import json
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from html import escape

import click
from aiohttp import web

from benchmarks.day_plan import DAY_S, Day, Desk, PlannedEntry, plan_day
from benchmarks.day_texts import Text, load_vocabularies
from benchmarks.publisher import end_of_input

# Entries in a document, at most.
KEPT = 30
# One entry in this many is looked for on the site.
SAMPLED = 20
_ANSWER_S = 0.03


@dataclass
class Clock:
    """The time of the day that is played; negative before midnight, which is when it begins."""

    factor: float
    midnight: float = field(default_factory=time.time)
    has_begun: bool = False

    def begin(self) -> None:
        """Make it midnight."""
        self.midnight, self.has_begun = time.time(), True

    def now_s(self) -> float:
        """Seconds since midnight, up to the day's end."""
        passed = (time.time() - self.midnight) * self.factor
        return min(passed, DAY_S) if self.has_begun else -1.0

    def at(self, day_s: float) -> float:
        """The real time of a second of the day."""
        return self.midnight + day_s / self.factor


class PublishedFeed:
    """One feed: its entries in order, and the document they make at any time."""

    def __init__(self, number: int, language: str) -> None:
        self._number = number
        self._language = language
        self.entries: list[PlannedEntry] = []
        self._texts: list[Text] = []
        self._dates: list[str] = []
        self._made: tuple[tuple[int, int], bytes] | None = None

    def add(self, entry: PlannedEntry, text: Text) -> None:
        """Add the next entry."""
        self.entries.append(entry)
        self._texts.append(text)

    def state(self, now_s: float) -> tuple[int, int]:
        """How many entries are published, how many edits made: the document's version."""
        count = bisect_right(self.entries, now_s, key=lambda entry: entry.at_s)
        edited = (entry.edited_at_s for entry in self.entries[max(0, count - KEPT) : count])
        return count, sum(1 for at_s in edited if at_s is not None and at_s <= now_s)

    def document(self, state: tuple[int, int], clock: Clock) -> bytes:
        """The document of that version."""
        if self._made is None or self._made[0] != state:
            self._made = state, self._render(state[0], clock)
        return self._made[1]

    def _render(self, count: int, clock: Clock) -> bytes:
        while len(self._dates) < count:  # kept: a date that moved would be an edit
            self._dates.append(formatdate(clock.at(self.entries[len(self._dates)].at_s)))
        items = (
            self._item(n, clock.now_s()) for n in range(count - 1, max(0, count - KEPT) - 1, -1)
        )
        site = f"https://source-{self._number}.example"
        head = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
            f"<title>{self._number}</title><link>{site}/</link>\n"
            f"<language>{self._language}</language>\n"
        )
        return "".join([head, *items, "</channel></rss>\n"]).encode()

    def _item(self, position: int, now_s: float) -> str:
        entry, text = self.entries[position], self._texts[position]
        link = f"https://source-{self._number}.example/{entry.serial}"
        paragraphs = [*text.paragraphs]
        if entry.edited_at_s is not None and entry.edited_at_s <= now_s:
            paragraphs.append(" ".join(reversed(paragraphs[0].split())))
        body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
        image = f'<img src="{link}.jpg" alt="" width="800" height="450">'
        return (
            f"<item><title>{escape(text.title)}</title><link>{link}</link>\n"
            f'<guid isPermaLink="false">{entry.guid}</guid>\n'
            f"<pubDate>{self._dates[position]}</pubDate>\n"
            f"<description><![CDATA[{image}{body}]]></description></item>\n"
        )


class Publishers:
    """The handlers, and how far each feed has been requested."""

    def __init__(self, feeds: Sequence[PublishedFeed], clock: Clock, backlog: int) -> None:
        self._feeds = feeds
        self._clock = clock
        self._answered = [backlog] * len(feeds)
        self._counts: Counter[str] = Counter()
        self._samples: list[tuple[int, str, float]] = []
        self._waited_s: list[float] = []

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application()
        app.router.add_get(r"/feed/{feed:\d+}.xml", self.feed, allow_head=False)
        app.router.add_post("/day", self.begin)
        app.router.add_get("/state", self.state)
        app.router.add_get("/samples", self.samples)
        return app

    async def feed(self, request: web.Request) -> web.Response:
        """A feed as it is now, or 304."""
        number = int(request.match_info["feed"])
        await asyncio.sleep(_ANSWER_S)
        now_s = self._clock.now_s()
        feed = self._feeds[number - 1]
        state = feed.state(now_s)
        etag = f'"{state[0]}-{state[1]}"'
        if etag in request.headers.get("If-None-Match", ""):
            self._counts["304"] += 1
            return web.Response(status=304, headers={"ETag": etag})
        self._counts["200"] += 1
        self._note_answer(number, state[0])
        body = feed.document(state, self._clock)
        headers = {"ETag": etag, "Content-Type": "application/rss+xml; charset=utf-8"}
        return web.Response(body=body, headers=headers)

    def _note_answer(self, number: int, count: int) -> None:
        now = time.time()
        before, self._answered[number - 1] = self._answered[number - 1], count
        for entry in self._feeds[number - 1].entries[before:count]:
            self._counts["served"] += 1
            if self._counts["served"] % SAMPLED == 0:
                self._samples.append((number, entry.guid, now))
                self._waited_s.append(now - self._clock.at(entry.at_s))

    async def begin(self, _request: web.Request) -> web.Response:
        """Begin the day."""
        self._counts.clear()
        self._clock.begin()
        return web.Response(status=204)

    async def state(self, _request: web.Request) -> web.Response:
        """What was requested since the day began."""
        return web.json_response({**self._counts, "waited_s": self._waited_s})

    async def samples(self, request: web.Request) -> web.Response:
        """The sampled entries from the given one on."""
        return web.json_response(self._samples[int(request.query["after"]) :])


def new_word_share(older: Iterable[Text], later: Iterable[Text]) -> float:
    """Share of words in `later` that occurred neither in `older` nor before in `later`."""
    seen = {word for text in older for word in _words(text)}
    total = new = 0
    for text in later:
        for word in _words(text):
            total += 1
            if word not in seen:
                seen.add(word)
                new += 1
    return new / max(total, 1)


def _words(text: Text) -> list[str]:
    return f"{text.title} {' '.join(text.paragraphs)}".split()


def _write(day: Day) -> tuple[list[PublishedFeed], float]:
    desk = Desk(day, load_vocabularies())
    feeds = [PublishedFeed(feed.number, feed.language) for feed in day.feeds]
    texts: list[Text] = []
    for entry in (*day.backlog, *day.entries):
        texts.append(desk.text(entry))
        feeds[entry.feed - 1].add(entry, texts[-1])
    older = len(day.backlog)
    return feeds, new_word_share(texts[:older], texts[older:])


async def _serve(feeds: Sequence[PublishedFeed], clock: Clock, backlog: int, share: float) -> None:
    runner = web.AppRunner(Publishers(feeds, clock, backlog).app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(json.dumps({"port": runner.addresses[0][1], "new_words": share}), flush=True)
    await end_of_input()
    await runner.cleanup()


@click.command()
@click.option("--feeds", type=int, default=1000)
@click.option("--entries", type=int, default=20_000)
@click.option("--backlog", type=int, default=10)
@click.option("--factor", type=float, default=288.0)
@click.option("--seed", type=int, default=1)
def main(feeds: int, entries: int, backlog: int, factor: float, seed: int) -> None:
    """Publish until standard input ends."""
    written, share = _write(plan_day(seed, feeds, entries, backlog))
    asyncio.run(_serve(written, Clock(factor), backlog, share))


if __name__ == "__main__":
    main()
