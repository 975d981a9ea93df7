"""What pages of agencies and dispatches cost in a large archive.

    python -m benchmarks.agencies --keep /var/tmp/agencies
    python -m benchmarks.agencies --database postgresql --entries 1000000

Fills a database as `benchmarks.readers_data` does, makes one entry in eight a dispatch that three
of its neighbours print, has the poller's job sum up all days but the last, and opens pages through
Flask's client. See README.md in this folder.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import click
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from aggregator.config import Settings
from aggregator.process.stories.agencies import AGENCIES, agency_slug
from aggregator.services.operate.agency_days import update_agency_days
from aggregator.storage.engine import Database
from aggregator.storage.models import Dispatch, DispatchPrint, Entry
from benchmarks.processes import cpu_with_servers
from benchmarks.readers_data import fill_database
from benchmarks.readers_rows import Size
from benchmarks.readers_site import database_in
from web import create_app
from web.pages import dispatches as pages
from web.serving.server import freeze_startup_objects

EVERY, PRINTS = 8, 3
# Half of the dispatches are of the first agency.
BUSIEST = AGENCIES[0]
REQUESTS = 200
_CHUNK = 50_000


@click.command()
@click.option("--database", "kind", default="sqlite", type=click.Choice(["sqlite", "postgresql"]))
@click.option("--entries", default=1_000_000, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of the database.")
def main(kind: str, entries: int, keep: Path | None) -> None:
    """Print the median and p99 of each page, in ms of CPU, PostgreSQL's included."""
    with TemporaryDirectory(prefix="marsad-agencies-") as folder:
        home = keep or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        with database_in(kind, home) as (url, pids):
            database = Database(url)
            fill_database(database, Size(entries=entries, sources=200, readers=10, seed=1))
            with database.write() as session:
                now = _add_dispatches(session)
            began = time.process_time()
            update_agency_days(database, now)
            print(f"summing up all days: {time.process_time() - began:.1f} s of our CPU")
            _open_pages(url, database, now, pids)
            database.close()


def _add_dispatches(session: Session) -> datetime:
    """Make dispatches and prints of the entries, unless it was done; the time of the last entry."""
    now = session.execute(select(func.max(Entry.published_at))).scalar_one()
    if session.execute(select(Dispatch.id).limit(1)).first() is None:
        for chunk in _chunks(session):
            session.execute(insert(Dispatch), [_dispatch(*row) for row in chunk])
            ids = [id_ for id_, _ in chunk]
            session.execute(insert(DispatchPrint), [row for id_ in ids for row in _prints(id_)])
    return now.astimezone(UTC)


def _chunks(session: Session) -> Iterator[list[tuple[int, datetime]]]:
    last = session.execute(select(func.max(Entry.id))).scalar_one()
    for start in range(1, last - EVERY, _CHUNK):
        rows = session.execute(
            select(Entry.id, Entry.published_at).where(
                Entry.id.between(start, min(start + _CHUNK - 1, last - EVERY)),
                Entry.id % EVERY == 0,
            )
        )
        yield [(row.id, row.published_at) for row in rows]


def _dispatch(id_: int, at: datetime) -> dict[str, object]:
    number = id_ // EVERY
    agency = BUSIEST if number % 2 else AGENCIES[number % len(AGENCIES)]
    return {"id": id_, "agency": agency, "day": at.astimezone(UTC).date(), "own": True}


def _prints(id_: int) -> list[dict[str, object]]:
    return [
        {
            "entry_id": id_ + place,
            "dispatch_id": id_,
            "credited": (id_ + place) % 3 > 0,
            "by_agency": False,
        }
        for place in range(1, PRINTS + 1)
    ]


def _open_pages(url: str, database: Database, now: datetime, servers: Sequence[int]) -> None:
    """Open each kind of page again and again, as of `now`."""
    pages.now = lambda: now  # type: ignore[attr-defined]  # the archive ends there
    app = create_app(Settings.model_validate({"database": {"url": url}}), database)
    freeze_startup_objects()  # as the web server does
    client = app.test_client()
    with database.read() as session:
        last = select(Dispatch.id).order_by(Dispatch.id.desc()).limit(REQUESTS)
        ids = list(session.execute(last).scalars())
    slug = agency_slug(BUSIEST)
    for days in pages.PERIODS:
        _report(f"/agencies, {days} days", client, [f"/agencies?days={days}"], servers)
    for days in pages.PERIODS:
        _report(f"/agencies/SLUG, {days} days", client, [f"/agencies/{slug}?days={days}"], servers)
    _report("/dispatches/ID", client, [f"/dispatches/{id_}" for id_ in ids], servers)


def _report(
    name: str, client: FlaskClient, addresses: Sequence[str], servers: Sequence[int]
) -> None:
    took = []
    for number in range(REQUESTS):
        began = cpu_with_servers(servers)
        answer = client.get(addresses[number % len(addresses)])
        took.append(1000 * (cpu_with_servers(servers) - began))
        assert answer.status_code == 200, answer.status
    print(f"{name:24} median {median(took):6.1f} ms   p99 {quantiles(took, n=100)[-1]:6.1f} ms")


if __name__ == "__main__":
    main()
