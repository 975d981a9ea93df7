"""`marsad poll`: the poller alone, or one round of it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from aggregator.cli.app import App, err, fail, log_as_configured

if TYPE_CHECKING:
    from aggregator.services.ingest.read_feed import PollOutcome

EXIT_TIMEOUT_S = 8.5
# On a small server pages come first: beside a busy poller they waited four times as long without.
# No higher, as the poller sometimes holds SQLite's write lock.
NICENESS = 5


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
    if not once:
        log_as_configured(app)
    app.prepare_database()
    try:
        specs, owners = config.source_specs(app.settings), config.owner_specs(app.settings)
        load_sources(app.database, specs, datetime.now(UTC), owners)
        if once:
            sys.exit(_poll_once(app, slugs))
        from aggregator.poller import schedule
        from aggregator.runtime.service_manager import ServiceManager

        os.nice(NICENESS)
        manager = ServiceManager.from_environment()
        asyncio.run(
            schedule.run(
                app.settings, app.database, app.load_settings, _force_exit_later, manager=manager
            )
        )
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
    with _progress(tally) as progress:
        asyncio.run(
            poll_once(
                app.settings, app.database, slugs, progress.start, progress.add, _force_exit_later
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
        self.total = 0
        self.polled = 0
        self.new = 0
        self.put_off = 0
        self.failures: list[str] = []

    def __str__(self) -> str:
        return f"{self.new} new entries, {len(self.failures)} failed"

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


@contextmanager
def _progress(tally: _Tally) -> Iterator[_Progress]:
    """Show how far the round is: a bar on a terminal, elsewhere one line at its end."""
    if sys.stderr.isatty():
        with _bar(tally) as redraw:
            yield _Progress(tally, redraw)
        return
    yield _Progress(tally, lambda: None)
    click.echo(f"polled {tally.polled}/{tally.total} feeds: {tally}", err=True)


class _Progress:
    def __init__(self, tally: _Tally, redraw: Callable[[], None]) -> None:
        self._tally = tally
        self._redraw = redraw

    def start(self, total: int) -> None:
        self._tally.total = total
        self._redraw()

    def add(self, stored: PollOutcome) -> None:
        self._tally.add(stored)
        self._redraw()


@contextmanager
def _bar(tally: _Tally) -> Iterator[Callable[[], None]]:
    """A bar of rich, and what redraws it."""
    from rich import progress

    columns = (
        progress.TextColumn("polling"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[tally]}"),
        progress.TimeElapsedColumn(),
    )
    with progress.Progress(*columns, console=err.console, refresh_per_second=5) as bar:
        task = bar.add_task("polling", total=None, tally=tally)
        yield lambda: bar.update(task, total=tally.total, completed=tally.polled)
