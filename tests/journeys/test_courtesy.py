"""A host that has enough of us is left alone, by all of its feeds, without blame."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from aggregator.cli import main
from aggregator.fetch.client import ClientSettings, FeedClient
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from tests.builders import a_source
from tests.fakes import FakeParser
from tests.publisher import Publisher, PublisherConnection, rss

pytestmark = pytest.mark.slow


@pytest.fixture
def publishers() -> Iterator[tuple[Publisher, Publisher]]:
    with Publisher() as busy, Publisher() as other:
        yield busy, other


def poll_for(database: Database, seconds: float, per_host: int = 1) -> None:
    async def run() -> None:
        settings = ClientSettings(
            "Marsad/test", per_host=per_host, allow_networks=(ip_network("127.0.0.0/8"),)
        )
        policy = PollPolicy(timedelta(seconds=1), timedelta(seconds=1))
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(FeedClient(settings))
            cycle = PollCycle(database, client, FakeParser(), policy, in_flight=64, per_host=64)
            await cycle.start()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                await cycle.claim_due()
                await asyncio.sleep(0.05)
            await cycle.drain()
            await cycle.stop()

    asyncio.run(run())


def feeds(database: Database) -> dict[str, Feed]:
    with database.read() as session:
        rows = session.execute(select(Feed)).scalars().all()
        session.expunge_all()
    return {row.url.rpartition("/")[2]: row for row in rows}


def test_a_429_holds_the_host_and_no_other(
    sqlite_database: Database, publishers: tuple[Publisher, Publisher]
) -> None:
    busy, other = publishers
    busy.serve("/limited", b"", "429 Too Many Requests", Retry_After="120")
    for number in range(20):
        busy.serve(f"/{number}", rss())
    other.serve("/elsewhere", rss())
    urls = [busy.url("/limited"), *(busy.url(f"/{number}") for number in range(20))]
    specs = [a_source("busy", *urls), a_source("other", other.url("/elsewhere"))]
    load_sources(sqlite_database, specs, datetime.now(UTC))
    poll_for(sqlite_database, 2.5)

    assert [request.path for request in busy.requests] == ["/limited"]
    assert other.visits["/elsewhere"] >= 2
    rows = feeds(sqlite_database)
    limited, waiting = rows["limited"], rows["7"]
    assert (limited.status, limited.failures) == ("refused", 1)
    assert (waiting.status, waiting.failures, waiting.last_polled_at) == ("new", 0, None)
    assert waiting.not_before is not None
    assert limited.not_before is not None
    assert abs(waiting.not_before - limited.not_before) < timedelta(seconds=3)
    assert waiting.lease is None


def test_a_503_speaks_for_its_feed_alone(
    sqlite_database: Database, publishers: tuple[Publisher, Publisher]
) -> None:
    bridge, _ = publishers
    bridge.serve("/down", b"", "503 Service Unavailable", Retry_After="120")
    bridge.serve("/fine", rss())
    specs = [a_source("bridge", bridge.url("/down"), bridge.url("/fine"))]
    load_sources(sqlite_database, specs, datetime.now(UTC))
    poll_for(sqlite_database, 2.5)
    assert bridge.visits["/down"] == 1
    assert bridge.visits["/fine"] >= 2


def test_what_was_read_meanwhile_does_not_lift_the_hold(
    sqlite_database: Database, publishers: tuple[Publisher, Publisher]
) -> None:
    """Two requests at once: the one is told to wait, the other gets its answer afterwards."""

    async def slow(wire: PublisherConnection) -> None:
        await asyncio.sleep(0.4)
        await wire.answer(rss())

    busy, _ = publishers
    busy.serve("/limited", b"", "429 Too Many Requests", Retry_After="120")
    busy.behave("/slow", slow)
    specs = [a_source("busy", busy.url("/limited"), busy.url("/slow"))]
    load_sources(sqlite_database, specs, datetime.now(UTC))
    poll_for(sqlite_database, 2.5, per_host=2)
    row = feeds(sqlite_database)["slow"]
    assert busy.visits["/slow"] == 1
    assert (row.status, row.failures) == ("healthy", 0)
    assert row.not_before is not None


def test_polling_once_leaves_it_alone_too(
    tmp_path: Path, publishers: tuple[Publisher, Publisher]
) -> None:
    busy, _ = publishers
    busy.serve("/limited", b"", "429 Too Many Requests", Retry_After="120")
    busy.serve("/a", rss())
    sources = "".join(
        f'[[source]]\nslug = "s{number}"\nname = "X"\nfeeds = [ {{ url = "{busy.url(path)}" }} ]\n'
        for number, path in enumerate(["/limited", "/a"])
    )
    config = tmp_path / "config.toml"
    config.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/m.db"\n[polling]\nworkers = 1\nper_host = 1\n'
        f'allow_networks = ["127.0.0.0/8"]\n{sources}'
    )
    for _ in range(2):
        result = CliRunner().invoke(main, ["--config", str(config), "poll", "--once"], obj=None)
        assert result.exit_code in (0, 1), result.output
    assert [request.path for request in busy.requests] == ["/limited"]
