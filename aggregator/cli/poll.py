"""`marsad poll`: the poller alone, or one round of it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from aggregator.cli.app import App, err, fail, log_to_stderr

if TYPE_CHECKING:
    from aggregator.services.ingest.read_feed import PollOutcome

EXIT_TIMEOUT_S = 8.5


@click.command()
@click.option("--once", is_flag=True, help="Poll every feed once, due or not, then exit.")
@click.option("--source", "slugs", multiple=True, metavar="SLUG", help="Requires --once.")
@click.pass_obj
def poll(app: App, once: bool, slugs: tuple[str, ...]) -> None:
    """Poll on schedule, without a web server; safe alongside other pollers."""
    from sqlalchemy.exc import OperationalError

    from aggregator import config
    from aggregator.runtime.parent_watch import watch_parent
    from aggregator.services.operate.load_sources import load_sources

    if slugs and not once:
        raise click.UsageError("--source requires --once")
    known = {source.slug for source in app.settings.source}
    unknown = sorted(set(slugs) - known)
    if unknown:
        fail(f"there is no source {', '.join(unknown)} in {app.config_path}", 2)
    watch_parent()
    app.prepare_database()
    try:
        load_sources(app.database, config.source_specs(app.settings), datetime.now(UTC))
        if once:
            sys.exit(_poll_once(app, slugs))
        from aggregator.poller import schedule

        log_to_stderr()
        asyncio.run(schedule.run(app.settings, app.database, app.load_settings, _force_exit_later))
    except OperationalError as error:  # stopped between the migration and the first claim
        fail(f"the database {app.database.shown_url} does not answer: {error.orig}")


def _force_exit_later() -> None:
    """End the process within 10 s, whatever still hangs (a locked database, a look-up)."""
    timer = threading.Timer(EXIT_TIMEOUT_S, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _poll_once(app: App, slugs: tuple[str, ...]) -> int:
    """Poll one round; exit status 1 if every feed failed."""
    from aggregator.poller.once import poll_once

    tally = _Tally()
    with Progress(
        TextColumn("polling"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[new]} new entries, {task.fields[failed]} failed"),
        TimeElapsedColumn(),
        console=err,
        refresh_per_second=5,
    ) as progress:
        task = progress.add_task("polling", total=None, new=0, failed=0)

        def on_stored(stored: PollOutcome) -> None:
            tally.add(stored)
            progress.update(task, completed=tally.polled, new=tally.new, failed=len(tally.failures))

        asyncio.run(
            poll_once(
                app.settings,
                app.database,
                slugs,
                lambda total: progress.update(task, total=total),
                on_stored,
                _force_exit_later,
            )
        )
    for line in tally.failures:
        err.print(line, markup=False)
    if tally.put_off:
        err.print(f"{tally.put_off} feeds skipped: their hosts asked not to be polled for a while")
    return 1 if tally.failures and len(tally.failures) == tally.polled else 0


class _Tally:
    """Totals of one round."""

    def __init__(self) -> None:
        self.polled = 0
        self.new = 0
        self.put_off = 0
        self.failures: list[str] = []

    def add(self, stored: PollOutcome) -> None:
        if stored.deferred:
            self.put_off += 1
        if stored.lost or stored.deferred:
            return
        self.polled += 1
        self.new += stored.new
        if stored.failure:
            failure = stored.failure
            self.failures.append(f"{stored.feed.url}: {failure.kind}: {failure.detail}")
