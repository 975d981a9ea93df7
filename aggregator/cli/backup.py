"""`marsad backup` and `marsad restore`, usable while Marsad is running."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from aggregator.cli.app import App, err, fail
from aggregator.errors import MarsadError

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
@click.pass_obj
def backup(app: App, file: Path) -> None:
    """Write a complete copy of the database to FILE."""
    from aggregator.storage import backup as storage

    if not file.absolute().parent.is_dir():
        fail(f"there is no folder {file.absolute().parent}")
    _run("backing up", lambda progress: storage.backup(app.database, file, progress))
    err.print(f"backed up to {file} ({file.stat().st_size / 1e6:.1f} MB)")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def restore(app: App, file: Path, yes: bool) -> None:
    """Replace the contents of the database with the backup in FILE."""
    from aggregator.storage import backup as storage

    shown = app.database.url.render_as_string(hide_password=True)
    if not yes and sys.stdin.isatty():
        click.confirm(f"Replace everything in {shown} with {file}?", abort=True, err=True)
    _run("restoring", lambda progress: storage.restore(app.database, file, progress))
    err.print(f"restored {shown} from {file}")


def _run(label: str, work: Callable[[Callable[[int, int], None]], None]) -> None:
    """Do `work` with a progress bar; on an error, print it and exit with 1."""
    columns = (TextColumn(label), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=err) as bar:
            task = bar.add_task("", total=None)
            work(lambda done, total: bar.update(task, completed=done, total=total))
    except MarsadError as error:
        fail(str(error))
