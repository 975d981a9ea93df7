"""`marsad backup` and `marsad restore`, usable while Marsad is running."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from aggregator.cli.app import App, err, fail
from aggregator.errors import MarsadError

T = TypeVar("T")

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Write over an older backup at FILE.")
@click.pass_obj
def backup(app: App, file: Path, replace: bool) -> None:
    """Write a complete, verified copy of the database to FILE."""
    from aggregator.storage import backup as storage

    database = app.open_database()
    protected = [app.config_path]
    _run(
        "backing up",
        lambda progress: storage.backup(
            database, file, progress, replace=replace, protected=protected
        ),
    )
    err.print(f"backed up to {file} ({file.stat().st_size / 1e6:.1f} MB)", markup=False)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def restore(app: App, file: Path, yes: bool) -> None:
    """Replace the contents of the database with the backup in FILE; the old ones are kept."""
    from aggregator.storage import backup as storage

    database = app.open_database(missing_ok=True)
    shown = database.shown_url
    if not yes and sys.stdin.isatty():
        click.confirm(f"Replace everything in {shown} with {file}?", abort=True, err=True)
    kept = _run("restoring", lambda progress: storage.restore(database, file, progress))
    err.print(f"restored {shown} from {file}", markup=False)
    if kept is not None:
        err.print(f"what it held before is in {kept}", markup=False)


def _run(label: str, work: Callable[[Callable[[int, int], None]], T]) -> T:
    """Do `work` with a progress bar that it moves; an error ends the command with 1."""
    columns = (TextColumn(label), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=err.console) as bar:
            task = bar.add_task("", total=None)
            return work(lambda done, total: bar.update(task, completed=done, total=total))
    except MarsadError as error:
        fail(str(error))
