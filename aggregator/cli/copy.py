"""`marsad copy`: the whole database into another one, say from SQLite to PostgreSQL."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from aggregator.cli.app import App, err, fail
from aggregator.errors import CopyError

if TYPE_CHECKING:
    from aggregator.storage.engine import Database


@click.command("copy")
@click.option(
    "--to",
    "url",
    required=True,
    metavar="URL",
    envvar="MARSAD_COPY_TO",
    help="An empty database, as in database.url; also read from $MARSAD_COPY_TO.",
)
@click.pass_obj
def copy(app: App, url: str) -> None:
    """Copy everything into another database, of either kind, and verify the copy.

    Stop Marsad first. A copy that was interrupted, by whatever, is resumed by the same command.
    """
    source, target = app.database, _open(url)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with closing(target), Progress(*columns, console=err.console) as bar:
        rows = _copy(source, target, bar)
        _index(target, bar)
    err.print(f"copied {rows} rows to {target.shown_url}; each was read back", markup=False)
    err.print(
        f"{source.shown_url} is as it was. To use the copy, set database.url in {app.config_path}",
        markup=False,
    )


def _open(url: str) -> Database:
    from pydantic import TypeAdapter, ValidationError

    from aggregator.config.values import DatabaseUrl
    from aggregator.storage.engine import Database

    try:
        return Database(TypeAdapter(DatabaseUrl).validate_python(url))
    except ValidationError as error:
        fail(f"--to: {error.errors()[0]['msg']}", 2)


def _copy(source: Database, target: Database, bar: Progress) -> int:
    from aggregator.storage.transfer import copy_database

    task = bar.add_task("copying", total=None)
    try:
        return copy_database(
            source,
            target,
            datetime.now(UTC),
            lambda done, total: bar.update(task, completed=done, total=total),
            lambda line: err.print(line, markup=False),
        )
    except CopyError as error:
        fail(str(error))


def _index(target: Database, bar: Progress) -> None:
    """Build the search index; whatever is left of it when this ends, a poller builds."""
    from aggregator.services.ingest.index import index_backlog, update_vocabulary
    from aggregator.storage.search.indexing import indexing_progress

    task = bar.add_task("search index", total=1.0)

    def show(_pause_s: float) -> None:
        with target.read() as session:
            bar.update(task, completed=indexing_progress(session))

    index_backlog(target, pause=show)
    update_vocabulary(target, pause=lambda _: None)
    bar.update(task, completed=1.0)
