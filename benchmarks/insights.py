"""What pages of blind spots and first tellings cost in a large archive.

    python -m benchmarks.insights --keep /var/tmp/insights
    python -m benchmarks.insights --database postgresql --entries 1000000

Fills a database with a year of entries and their stories, as `benchmarks.readers_data` does, has
the poller's job sum up all days but the last, and opens pages through Flask's client. See README.md
in this folder.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import click
from flask.testing import FlaskClient
from sqlalchemy import func, select

from aggregator.config import Settings
from aggregator.services.operate.insight_days import update_insight_days
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, InsightSourceDay, Source
from benchmarks.processes import cpu_with_servers
from benchmarks.readers_collections import add_collections
from benchmarks.readers_data import fill_database
from benchmarks.readers_rows import Size
from benchmarks.readers_site import database_in
from web import create_app
from web.api import insights as api
from web.pages import insights as pages
from web.request import changes
from web.serving.server import freeze_startup_objects

REQUESTS = 200
ZONE = ZoneInfo("Africa/Casablanca")


@click.command()
@click.option("--database", "kind", default="sqlite", type=click.Choice(["sqlite", "postgresql"]))
@click.option("--entries", default=1_000_000, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of the database.")
def main(kind: str, entries: int, keep: Path | None) -> None:
    """Print the median and p99 of each page, in ms of CPU, PostgreSQL's included."""
    with TemporaryDirectory(prefix="marsad-insights-") as folder:
        home = keep or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        with database_in(kind, home) as (url, servers):
            database = Database(url)
            size = Size(entries=entries, sources=200, readers=10, seed=1)
            fill_database(database, size)
            add_collections(database, size)
            with database.read() as session:
                latest = session.execute(select(func.max(Entry.published_at))).scalar_one()
            now = latest.astimezone(UTC)
            for what in ("all days", "the same again"):
                began = time.process_time()
                update_insight_days(database, ZONE, now)
                print(f"summing up {what}: {time.process_time() - began:.1f} s of our CPU")
            _open_pages(url, database, now, servers)
            database.close()


def _open_pages(url: str, database: Database, now: datetime, servers: Sequence[int]) -> None:
    """Open each kind of page again and again, as of `now`."""
    for module in (pages, api, changes):
        module.now = lambda: now  # type: ignore[attr-defined]  # the archive ends there
    app = create_app(Settings.model_validate({"database": {"url": url}}), database)
    freeze_startup_objects()  # as the web server does
    client = app.test_client()
    with database.read() as session:
        sums = select(Source.slug).join(InsightSourceDay, InsightSourceDay.source_id == Source.id)
        busiest = sums.group_by(Source.slug).order_by(func.sum(InsightSourceDay.told).desc())
        source = session.execute(busiest.limit(1)).scalar_one()
    for step in ("day", "week", "month"):
        _report(client, servers, f"/insights?by={step}")
        _report(client, servers, f"/insights/stories?by={step}&kind=arabic")
        _report(client, servers, f"/insights/stories?by={step}&source={source}&role=reprint")
    _report(client, servers, "/api/v1/insights?by=month")


def _report(client: FlaskClient, servers: Sequence[int], address: str) -> None:
    took = []
    for _ in range(REQUESTS):
        began = cpu_with_servers(servers)
        answer = client.get(address)
        took.append(1000 * (cpu_with_servers(servers) - began))
        assert answer.status_code == 200, answer.status
    middle, last = median(took), quantiles(took, n=100)[-1]
    print(f"{address:58} median {middle:6.1f} ms   p99 {last:6.1f} ms")


if __name__ == "__main__":
    main()
