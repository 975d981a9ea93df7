"""Which statements pages and polls send to a filled database, and how much each reads.

    python -m benchmarks.statements --database sqlite:////var/tmp/many.db
    python -m benchmarks.statements --database URL --only "my news" --plans

Work is counted in rows that scans visited (PostgreSQL) or in instructions of the virtual machine
(SQLite), so the machine's speed and load do not matter. The database is one that `readers_data`
filled, and is changed as pages and polls change it: use a copy. `--forget-statistics` shows the
plans of a database that was never analyzed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import click
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from aggregator.config import Settings
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.prepare import prepare
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed, UserRow
from aggregator.types import CacheHints, FeedDocument, FetchedFeed, FetchResult, PreparedFeed
from benchmarks.arriving import LivePublisher
from benchmarks.readers_pages import PAGES, Page, Person, Samples, csrf_token
from benchmarks.readers_rows import session_token
from benchmarks.readers_site import find_samples
from benchmarks.statement_costs import StatementCosts, count_statements
from web import create_app

POLICY = PollPolicy(timedelta(minutes=5), timedelta(hours=4))
# The reader of `readers_rows` who follows every source and is up to date.
READER = 6
POLLED_FEEDS = 3
EDITED = " – محين</title><link>".encode()
# Statements printed per scenario.
SHOWN = 5


@dataclass
class Scenario:
    """What a page or a poll cost."""

    name: str
    costs: StatementCosts
    status: int = 200


# --- pages ---------------------------------------------------------------------------------------


def page_scenarios(
    database: Database, pages: Sequence[Page], reader: int = READER
) -> Iterator[Scenario]:
    """Request each page of a site that has just started: what caches would hide counts."""
    with database.read() as session:
        samples = find_samples(session)
        readers = session.execute(select(func.count()).where(UserRow.role == "reader")).scalar_one()
    ids = {"visitor": 0, "reader": reader, "editor": readers + 1, "operator": readers + 2}
    for page in pages:
        who, client = _person(database, ids[page.role])
        with count_statements(database) as costs:
            status = _request(page, who, client, samples)
        yield Scenario(page.name, costs, status)


def _person(database: Database, number: int) -> tuple[Person, FlaskClient]:
    """Somebody at a site of their own; 0: a visitor."""
    app = create_app(Settings(), database)
    app.testing = True
    client = app.test_client()
    if not number:
        return Person(0, {}), client
    client.set_cookie("marsad_session", session_token(number))
    return Person(number, {"X-CSRFToken": csrf_token(client.get("/account").text)}), client


def _request(page: Page, who: Person, client: FlaskClient, samples: Samples) -> int:
    """The status of the answer."""
    request = page.ask(who, samples, Random("statements"))
    answer = client.open(
        request.path,
        method="GET" if request.form is None else "POST",
        headers=request.headers,
        data=request.form,
        content_type=None if request.form is None else "application/x-www-form-urlencoded",
        buffered=True,
    )
    return answer.status_code


# --- polls ---------------------------------------------------------------------------------------


class _Publisher:
    """Answers without a network, as `FeedFetcher`; `Parser` in this process."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        configured_url: str | None = None,
    ) -> FetchResult:
        """The document at `url`."""
        return FetchedFeed(url, self.documents[url], "application/rss+xml", CacheHints())

    def warm_up(self) -> None:
        """There is nothing to load."""

    async def prepare(self, document: FeedDocument) -> PreparedFeed:
        """As a worker would."""
        return prepare(document)


def poll_scenarios(database: Database) -> Iterator[Scenario]:
    """Poll a few feeds: their first documents, three entries more, edits, the same again."""
    live = LivePublisher(every_s=600)
    live.server_close()
    urls = _feed_urls(database)
    first = {url: live.document(feed, 1000) for feed, url in urls.items()}
    later = {url: live.document(feed, 1003) for feed, url in urls.items()}
    edited = {url: body.replace(b"</title><link>", EDITED) for url, body in later.items()}
    publisher = _Publisher()
    for name, publisher.documents in (
        ("poll: thirty new entries", first),
        ("poll: three new entries", later),
        ("poll: edits", edited),
        ("poll: unchanged", edited),
    ):
        with count_statements(database) as costs:
            asyncio.run(_poll(database, publisher, list(urls)))
        yield Scenario(name, costs)


async def _poll(database: Database, publisher: _Publisher, feed_ids: Sequence[int]) -> None:
    cycle = PollCycle(database, publisher, publisher, POLICY, in_flight=64, per_host=64)
    await cycle.start()
    await cycle.claim(lambda _: Feed.id.in_(feed_ids))
    await cycle.drain()
    await cycle.stop()


def _feed_urls(database: Database) -> dict[int, str]:
    with database.read() as session:
        rows = session.execute(select(Feed.id, Feed.url).order_by(Feed.id).limit(POLLED_FEEDS))
        return {row.id: row.url for row in rows}


# --- the command ---------------------------------------------------------------------------------


def forget_statistics(database: Database) -> None:
    """Leave the planner without what ANALYZE found."""
    tables = ("sqlite_stat1", "sqlite_stat4") if database.is_sqlite else ("pg_statistic",)
    with database.write() as session:
        for name in tables:
            exists = text("SELECT 1 FROM sqlite_master WHERE name = :name")
            if not database.is_sqlite or session.execute(exists, {"name": name}).first():
                session.execute(text(f"DELETE FROM {name}"))
    database.engine.dispose()  # connections keep what they have read of it


def _print(scenario: Scenario, plans: bool) -> None:
    costs = scenario.costs
    total = sum(costs.work.values())
    click.secho(f"{total:>10,}  {scenario.name}  ({scenario.status})", bold=True)
    for statement in sorted(costs.work, key=lambda each: -costs.work[each])[:SHOWN]:
        shown = statement if plans else statement[:110]
        click.echo(f"{costs.work[statement]:>10,}  {costs.executions[statement]} x  {shown}")
        for line in costs.plans[statement].splitlines() if plans else ():
            click.echo(f"            | {line}")


@click.command()
@click.option("--database", "url", required=True, help="A filled one; it is changed.")
@click.option("--only", default="", help="Only pages and polls whose name contains this.")
@click.option("--reader", default=READER, show_default=True, help="Who requests the pages.")
@click.option("--plans", is_flag=True, help="Also print whole statements with their plans.")
@click.option("--forget-statistics", "forget", is_flag=True, help="Drop what ANALYZE found.")
def main(url: str, only: str, reader: int, plans: bool, forget: bool) -> None:
    """Print what each page and poll reads, and its dearest statements."""
    database = Database(url)
    if forget:
        forget_statistics(database)
    for scenario in page_scenarios(database, [page for page in PAGES if only in page.name], reader):
        _print(scenario, plans)
    if not only or only.startswith("poll"):
        for scenario in poll_scenarios(database):
            _print(scenario, plans)
    database.close()


if __name__ == "__main__":
    main()
