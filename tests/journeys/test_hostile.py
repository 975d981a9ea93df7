"""Every row of hostile publishers at once, beside good feeds, through the whole of polling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from aggregator.config import Settings
from aggregator.fetch.client import ClientSettings, FeedClient
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.workers import ParsingPool
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, EntryContent, Feed
from aggregator.storage.schema import migrate
from tests.builders import a_source
from tests.journeys.hostile_documents import CANARY, ROWS, HostileCase, cdata, feed, item
from tests.journeys.pollers import MarsadProcess, wait_until, write_config
from tests.publisher import Canary, Publisher, PublisherConnection
from web import create_app

pytestmark = pytest.mark.slow

RUN_S = 9
AT_MOST_S = 40
# A good feed is due every second or two; CI machines are slow.
LATE_S = 8.0
GOOD = ["good-1", "good-2", "good-3"]
HOSTILE_WIRE = ["slow-body", "endless-chunks", "gzip-bomb", "reset-in-body", "silent", "a", "moved"]


@dataclass
class Outcome:
    """What is stored of one feed."""

    feed: Feed
    entries: list[Entry]
    contents: list[str]


@dataclass
class Run:
    """What one run left, and when good feeds were asked."""

    outcomes: dict[str, Outcome]
    publisher: Publisher
    asked: dict[str, list[float]]
    touched: int
    database: Database


def sliding(asked: dict[str, list[float]], name: str):
    """Poll k shows the entries 10k … 10k+29."""

    async def serve(wire: PublisherConnection) -> None:
        asked.setdefault(name, []).append(time.monotonic())
        first = 10 * (wire.visit - 1)
        await wire.answer(feed(*(item(n) for n in range(first + 29, first - 1, -1))))

    return serve


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('hostile')}/marsad.db")
    migrate(database)
    asked: dict[str, list[float]] = {}
    with Publisher() as publisher, Canary() as canary:
        urls = {}
        for row in ROWS:
            publisher.behave(f"/{row.name}", _with_canary(row, canary.port))
            urls[row.name] = publisher.url(f"/{row.name}")
        for name in GOOD:
            publisher.behave(f"/{name}", sliding(asked, name))
            urls[name] = publisher.url(f"/{name}")
        urls |= {f"wire-{name}": publisher.url(f"/hostile/{name}") for name in HOSTILE_WIRE}
        specs = [a_source(name, url) for name, url in urls.items()]
        load_sources(database, specs, datetime.now(UTC))
        asyncio.run(_poll(database, publisher))
        outcomes = {name: _outcome(database, url) for name, url in urls.items()}
        yield Run(outcomes, publisher, asked, canary.connection_count, database)
    database.close()


def _with_canary(row: HostileCase, port: int):
    async def serve(wire: PublisherConnection) -> None:
        send = wire.send

        async def replaced(data: bytes | str) -> None:
            raw = data if isinstance(data, bytes) else data.encode()
            if CANARY.encode() in raw:
                address = f"http://127.0.0.1:{port:06}/".encode()  # of the same length
                raw = raw.replace(CANARY.encode(), address)
            await send(raw)

        wire.send = replaced  # type: ignore[method-assign]
        await row.serve(wire)

    return serve


async def _poll(database: Database, publisher: Publisher) -> None:
    """For `RUN_S`, and until what needs several polls has had them."""
    needed = ["/hostile/ok", "/guid-and-headline", *(f"/{name}" for name in GOOD)]
    settings = ClientSettings(
        "Marsad/test", per_host=64, timeout_s=4, allow_networks=(ip_network("127.0.0.0/8"),)
    )
    policy = PollPolicy(timedelta(seconds=1), timedelta(seconds=2))
    async with AsyncExitStack() as stack:
        parser = stack.enter_context(ParsingPool(2))
        client = await stack.enter_async_context(FeedClient(settings))
        cycle = PollCycle(database, client, parser, policy, in_flight=256, per_host=64)
        await cycle.start()
        began = time.monotonic()
        while time.monotonic() < began + RUN_S or (
            min(publisher.visits[path] for path in needed) < 4
            and time.monotonic() < began + AT_MOST_S
        ):
            await cycle.claim_due()
            await asyncio.sleep(0.2)
        async with asyncio.timeout(30):
            await cycle.drain()
        await cycle.stop()


def _outcome(database: Database, url: str) -> Outcome:
    with database.read() as session:
        row = session.execute(select(Feed).where(Feed.url == url)).scalar_one()
        entries = list(session.execute(
            select(Entry).where(Entry.feed_id == row.id).order_by(Entry.id)
        ).scalars())  # fmt: skip
        contents = list(session.execute(
            select(EntryContent.content).join(Entry, Entry.id == EntryContent.entry_id)
            .where(Entry.feed_id == row.id)
        ).scalars())  # fmt: skip
        session.expunge_all()
    return Outcome(row, entries, contents)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_stored_of_each(run: Run, row: HostileCase) -> None:
    outcome = run.outcomes[row.name]
    titles = [entry.title for entry in outcome.entries]
    if isinstance(row.titles, int):
        assert len(titles) == row.titles, titles[:30]
    elif row.titles is not None:
        assert titles == list(row.titles)
    if row.kind:
        assert outcome.feed.error_kind == row.kind, outcome.feed.error_detail
    elif row.titles is not None:
        mended = (None, "damaged", "unreadable_dates")
        assert outcome.feed.error_kind in mended, outcome.feed.error_detail
    assert run.publisher.visits[f"/{row.name}"] in row.polled
    stored = " ".join([*titles, *outcome.contents, *(entry.summary for entry in outcome.entries)])
    for word in row.absent:
        assert word not in stored
    assert outcome.feed.entry_count == len(titles)
    assert outcome.feed.lease is None


def test_good_feeds_are_polled_on_time_and_lose_nothing(run: Run) -> None:
    for name in GOOD:
        times = run.asked[name]
        assert len(times) >= 3
        assert max(later - sooner for sooner, later in pairwise(times)) < LATE_S, times
        stored = sorted(int(entry.guid.rpartition("/")[2]) for entry in run.outcomes[name].entries)
        assert stored == list(range(len(stored)))
        assert len(stored) >= 10 * (len(times) - 2) + 30  # the last answer may have come too late


def test_nothing_private_is_ever_asked(run: Run) -> None:
    assert run.touched == 0


@pytest.mark.parametrize(
    "name", ["login-later", "pdf-later", "empty-later", "spaces-later", "bad-gzip-later"]
)
def test_a_failed_read_leaves_no_validators(run: Run, name: str) -> None:
    """The ETag sent is always that of the one good answer."""
    sent = [
        request.headers.get("if-none-match")
        for request in run.publisher.requests
        if request.path == f"/{name}"
    ]
    assert sent[0] is None
    assert set(sent[1:]) == {'"1"'}
    assert run.outcomes[name].feed.etag == '"1"'


def test_undated_entries_keep_their_time(run: Run) -> None:
    entries = run.outcomes["undated"].entries
    assert len({entry.published_at for entry in entries}) == 1
    assert all(entry.published_at == entry.fetched_at for entry in entries)


def test_nothing_is_said_to_be_edited_that_was_not(run: Run) -> None:
    for name in ("etag-new-each-time", "shuffled", "undated", "dated-now", "vanishing"):
        assert all(entry.updated_at is None for entry in run.outcomes[name].entries), name


def test_a_shared_guid_with_an_edited_headline_stays_two_rows(run: Run) -> None:
    titles = {entry.url: entry.title for entry in run.outcomes["guid-and-headline"].entries}
    last = min(run.publisher.visits["/guid-and-headline"], 3)
    assert titles == {"https://e.example/a": f"خبر {last}", "https://e.example/b": "خبر 2"}


def test_a_temporary_redirect_leaves_the_address(run: Run) -> None:
    assert run.outcomes["wire-moved"].feed.adopted_url == run.publisher.url("/hostile/ok")
    assert len(run.outcomes["wire-moved"].entries) == 3


def test_pages_show_what_publishers_say_as_text(run: Run) -> None:
    app = create_app(Settings(), run.database)
    app.testing = True
    paths = ["/", "/?view=entries", "/sources"]
    paths += [f"/sources/{name}" for name in ("realm", "reason", "html-in-xml", "odd-titles")]
    for path in paths:
        page = app.test_client().get(path).get_data(as_text=True)
        for word in ("<script>alert", "<img src=x", "onerror=alert(1)>", "Traceback"):
            assert word not in page, (path, word)


# --- the real poller -----------------------------------------------------------------------------

LARGE = 8
MOST_MEMORY = 400 * 2**20


def test_many_huge_documents_at_once_keep_memory_low(tmp_path: Path) -> None:
    asked: dict[str, list[float]] = {}
    with Publisher() as publisher:
        huge = [
            feed(*(item(n) for n in range(50_000))),
            feed(*(item(n, body=cdata("<p>نص طويل جدا </p>" * 300)) for n in range(900))),
        ]
        for number in range(LARGE):
            publisher.serve(f"/huge-{number}", huge[number % 5 == 0])
        publisher.behave("/good", sliding(asked, "good"))
        names = ["good", *(f"huge-{number}" for number in range(LARGE))]
        path = tmp_path / "marsad.db"
        config = write_config(
            tmp_path / "config.toml",
            f"sqlite:///{path}",
            [publisher.url(f"/{name}") for name in names],
        )
        marsad = MarsadProcess(config, "poll")
        try:
            most = 0
            wait_until(path.exists)
            database = Database(f"sqlite:///{path}")
            until = time.monotonic() + 100
            while time.monotonic() < until and _polled(database) < len(names):
                most = max(most, _pss(marsad))
                time.sleep(0.25)
            assert _polled(database) == len(names), marsad.log_text()
            database.close()
        finally:
            marsad.terminate()
    assert most < MOST_MEMORY, f"{most >> 20} MiB"
    # Each poll may wait for one document of a thousand entries to be stored.
    assert max(later - sooner for sooner, later in pairwise(asked["good"])) < 3 * LATE_S


def _polled(database: Database) -> int:
    with database.read() as session:
        try:
            rows = session.execute(select(Feed.entry_count)).scalars().all()
        except SQLAlchemyError:  # not migrated yet
            return 0
    return sum(1 for count in rows if count)


def _pss(marsad: MarsadProcess) -> int:
    """Bytes that the command and all that it started really take."""
    total = 0
    try:
        family = [psutil.Process(marsad.process.pid), *marsad.family()]
    except psutil.NoSuchProcess:
        return 0
    for process in family:
        try:
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        except OSError:
            continue
        lines = [line for line in text.splitlines() if line.startswith("Pss:")]
        total += sum(int(line.split()[1]) * 1024 for line in lines)
    return total
