"""What a sync of an app costs in a large newsroom: CPU of each request, memory of a first sync.

    python -m benchmarks.sync --database sqlite:////tmp/readers.db

The database is one of `benchmarks.readers_data`, its readers those that it makes extreme. CPU is
that of this process: the database's too on SQLite, while PostgreSQL works elsewhere. Each figure is
the median of several requests through the whole application.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click
from flask import Flask

from aggregator.config import Settings
from aggregator.runtime.gc_tuning import tune_gc
from aggregator.services.accounts import app_passwords
from aggregator.storage.accounts.users import list_users
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from web import create_app

READING_LIST = "user/-/state/com.google/reading-list"
READ = "user/-/state/com.google/read"
READERS = {
    1: "up to date", 2: "away for a month", 4: "reads one by one", 6: "follows all, up to date",
    7: "follows all, all unread",
}  # fmt: skip
FIRST_SYNC = 100_000
IDS, CONTENTS = 10_000, 1000
MB = 1024


class App:
    """An app of one reader; every request is measured."""

    def __init__(self, app: Flask, token: str) -> None:
        self._client = app.test_client(use_cookies=False)
        self._headers = {"Authorization": f"GoogleLogin auth={token}"}

    def get(self, path: str, **query: Any) -> tuple[Any, float, float]:
        """The document, and CPU and wall time in ms."""
        return self._measure(
            lambda: self._client.get(
                f"/reader/api/0/{path}", query_string=query, headers=self._headers
            )
        )

    def post(self, path: str, **form: Any) -> tuple[Any, float, float]:
        """The same for a form."""
        return self._measure(
            lambda: self._client.post(f"/reader/api/0/{path}", data=form, headers=self._headers)
        )

    def _measure(self, send: Callable[[], Any]) -> tuple[Any, float, float]:
        cpu, wall = time.process_time(), time.perf_counter()
        answer = send()
        used = time.process_time() - cpu, time.perf_counter() - wall
        if answer.status_code != 200:
            raise click.ClickException(f"{answer.status_code}: {answer.text[:200]}")
        return answer.get_json(silent=True), used[0] * 1000, used[1] * 1000


def sign_in(database: Database, reader: int) -> str:
    """The token of a new app of a reader."""
    with database.write() as session:
        user = next(each for each in list_users(session) if each.id == reader)
        password = app_passwords.create(session, user, "benchmark", datetime.now(UTC))
    return app_passwords.token_of(password)


def measure_requests(app: App, repeat: int) -> None:
    """Print the CPU of each kind of request."""
    newest, _, _ = app.get("stream/items/ids", s=READING_LIST, n=CONTENTS)
    ids = [each["id"] for each in newest["itemRefs"]]
    requests: dict[str, Callable[[], tuple[Any, float, float]]] = {
        "subscription/list": lambda: app.get("subscription/list"),
        "unread-count": lambda: app.get("unread-count"),
        "ids of 10,000 unread": lambda: app.get("stream/items/ids", s=READING_LIST, n=IDS, xt=READ),
        "ids of 10,000": lambda: app.get("stream/items/ids", s=READING_LIST, n=IDS),
        "ids of 10,000 of one source": lambda: app.get("stream/items/ids", s="feed/10", n=IDS),
        "contents of 250": lambda: app.post("stream/items/contents", i=ids[:250]),
        "contents of 1,000": lambda: app.post("stream/items/contents", i=ids),
    }
    for name, send in requests.items():
        send()
        runs = [send() for _ in range(repeat)]
        cpu = statistics.median(each[1] for each in runs)
        click.echo(f"    {name:30} {cpu:8.1f} ms CPU   {_size(runs[0][0])}")


def first_sync(app: App) -> None:
    """Fetch the ids of 100,000 unread entries, and all contents, in chunks."""
    ids: list[str] = []
    query: dict[str, Any] = {"s": READING_LIST, "n": IDS, "xt": READ}
    slowest = 0.0
    while len(ids) < FIRST_SYNC:
        page, cpu, _ = app.get("stream/items/ids", **query)
        slowest = max(slowest, cpu)
        ids += [each["id"] for each in page["itemRefs"]]
        if "continuation" not in page:
            break
        query["c"] = page["continuation"]
    click.echo(f"  {len(ids):,} ids in chunks: at most {slowest:.0f} ms CPU a chunk")
    slowest = total = 0.0
    for start in range(0, len(ids), CONTENTS):
        _, cpu, _ = app.post("stream/items/contents", i=ids[start : start + CONTENTS])
        slowest, total = max(slowest, cpu), total + cpu
    click.echo(f"  their contents: {total / 1000:.0f} s CPU, at most {slowest:.0f} ms a chunk")


def _size(document: Any) -> str:
    for name in ("itemRefs", "items", "unreadcounts", "subscriptions"):
        if name in document:
            return f"{len(document[name]):,}"
    return ""


def peak_mb() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB


@click.command()
@click.option("--database", "url", required=True, help="Filled by benchmarks.readers_data.")
@click.option("--repeat", default=5, show_default=True)
@click.option("--first-sync/--no-first-sync", "whole", default=True, show_default=True)
def main(url: str, repeat: int, whole: bool) -> None:
    """Print what the requests of apps cost."""
    database = Database(url)
    migrate(database)
    app = create_app(Settings(), database)
    tune_gc()  # as every command does
    click.echo(f"{peak_mb():.0f} MB before the first request")
    for reader, habit in READERS.items():
        click.echo(f"  reader {reader}, {habit}")
        measure_requests(App(app, sign_in(database, reader)), repeat)
    if whole:
        first_sync(App(app, sign_in(database, 7)))
    click.echo(f"{peak_mb():.0f} MB at most")


if __name__ == "__main__":
    main()
