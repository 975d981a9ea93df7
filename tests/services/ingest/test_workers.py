"""Worker processes: what they prepare, and that a runaway one is killed and replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from aggregator.errors import ParseError
from aggregator.services.ingest.workers import ParsingPool
from aggregator.types import FeedDocument, PreparedFeed
from tests.builders import NOW
from tests.fakes import misbehaving_prepare

pytestmark = pytest.mark.slow

RSS = (
    '<rss version="2.0"><channel><title>جريدة</title>'
    "<item><title>خبر</title><guid>1</guid></item></channel></rss>"
)


def document(body: str) -> FeedDocument:
    return FeedDocument(
        body.encode(), "text/xml", "https://h.example/feed", "ar", "Africa/Casablanca", NOW
    )


def in_pool(
    *bodies: str,
    told: bool = True,
    between: Callable[[], None] = lambda: None,
    workers: int = 1,
) -> list[PreparedFeed | str]:
    """What the pool makes of each, one after another; failures by their kind."""

    async def prepare_all(pool: ParsingPool) -> list[PreparedFeed | str]:
        made: list[PreparedFeed | str] = []
        for body in bodies:
            try:
                made.append(await pool.prepare(document(body)))
            except ParseError as error:
                made.append(error.kind)
            between()
        return made

    with ParsingPool(workers, misbehaving_prepare if told else None, within_s=1) as pool:
        return asyncio.run(prepare_all(pool))


def ok(title: str) -> str:
    return f"title {title}"


def titles(made: list[PreparedFeed | str]) -> list[str]:
    return [feed if isinstance(feed, str) else feed.title for feed in made]


def test_a_document_is_prepared() -> None:
    with ParsingPool(1) as pool:
        feed = asyncio.run(pool.prepare(document(RSS)))
    assert feed.title == "جريدة"
    assert [entry.title for entry in feed.entries] == ["خبر"]


def test_a_page_is_a_parse_error_that_crosses_the_processes() -> None:
    async def prepare(pool: ParsingPool) -> None:
        await pool.prepare(document("<!doctype html><title>x</title><p>text</p>"))

    with ParsingPool(1) as pool, pytest.raises(ParseError) as caught:
        asyncio.run(prepare(pool))
    assert caught.value.kind == "html"


def test_a_runaway_document_is_killed_and_the_next_is_prepared() -> None:
    assert titles(in_pool("forever", ok("next"))) == ["parse_timeout", "next"]


@pytest.mark.parametrize("how", ["memory", "crash", "exit"])
def test_a_document_that_takes_its_worker_down_fails_alone(how: str) -> None:
    assert titles(in_pool(how, ok("next"))) == ["parser_died", "next"]


def test_an_unforeseen_error_is_handed_on() -> None:
    with pytest.raises(ZeroDivisionError):
        in_pool("bug")


def test_documents_are_prepared_side_by_side() -> None:
    async def prepare(pool: ParsingPool) -> list[PreparedFeed]:
        bodies = [ok(str(number)) for number in range(20)]
        return await asyncio.gather(*(pool.prepare(document(body)) for body in bodies))

    with ParsingPool(2, misbehaving_prepare) as pool:
        feeds = asyncio.run(prepare(pool))
    assert [feed.title for feed in feeds] == [str(number) for number in range(20)]


def workers() -> list[psutil.Process]:
    """The processes below the fork server of this one."""
    this = psutil.Process()
    return [child for child in this.children(recursive=True) if child.ppid() != this.pid]


def test_a_worker_that_is_killed_while_it_waits_is_replaced() -> None:
    def kill() -> None:
        for worker in workers():
            worker.kill()

    assert titles(in_pool(ok("1"), ok("2"), ok("3"), between=kill)) == ["1", "2", "3"]


def test_leaving_ends_the_workers() -> None:
    seen: list[psutil.Process] = []
    in_pool(ok("1"), between=lambda: seen.extend(workers()))
    _, alive = psutil.wait_procs(seen, timeout=5)
    assert seen
    assert not alive


@pytest.mark.parametrize("warm", [True, False])
def test_the_event_loop_does_not_wait_for_the_workers_to_start(
    monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    starting, events = threading.Event(), []
    start = ParsingPool._new_pool

    def slow_start(pool: ParsingPool, *counts: int) -> object:
        assert starting.wait(20)  # until the loop has gone on
        events.append("started")
        return start(pool, *counts)

    async def scenario(pool: ParsingPool) -> list[str]:
        if warm:
            pool.warm_up()
            pool.warm_up()
        documents = [asyncio.create_task(pool.prepare(document(ok(n)))) for n in "12"]
        await asyncio.sleep(0.01)
        events.append("the loop goes on")
        starting.set()
        return [(await each).title for each in documents]

    monkeypatch.setattr(ParsingPool, "_new_pool", slow_start)
    with ParsingPool(2, misbehaving_prepare) as pool:
        assert asyncio.run(scenario(pool)) == ["1", "2"]
    assert events == ["the loop goes on", "started"]


ORPHAN = """
import asyncio, sys
from aggregator.services.ingest.workers import ParsingPool
from tests.fakes import misbehaving_prepare
from tests.services.ingest.test_workers import document

async def main():
    with ParsingPool(2, misbehaving_prepare, within_s=1) as pool:
        await pool.prepare(document("title x"))
        running = asyncio.create_task(pool.prepare(document("forever")))
        await asyncio.sleep(0.2)
        print("running", flush=True)
        await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_workers_die_with_the_poller_even_in_a_runaway_document() -> None:
    poller = subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True)
    assert poller.stdout is not None
    assert poller.stdout.readline() == "running\n"
    family = psutil.Process(poller.pid).children(recursive=True)
    os.kill(poller.pid, signal.SIGKILL)
    poller.wait()
    poller.stdout.close()
    assert len(family) >= 3
    deadline = time.monotonic() + 10
    while any(child.is_running() for child in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [child for child in family if child.is_running()] == []
