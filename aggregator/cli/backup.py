"""`marsad backup` and `marsad restore`: while everything runs."""

from __future__ import annotations

import sys
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
    """Write a complete copy of the database to FILE, which may be kept anywhere."""
    from aggregator.storage import backup as storage

    if not file.absolute().parent.is_dir():
        fail(f"there is no folder {file.absolute().parent}")
    try:
        with _progress("backing up") as progress:
            task = progress.add_task("", total=None)
            storage.backup(
                app.database,
                file,
                lambda done, total: progress.update(task, completed=done, total=total),
            )
    except MarsadError as error:
        fail(str(error))
    err.print(f"backed up to {file} ({file.stat().st_size / 1e6:.1f} MB)")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore(app: App, file: Path, yes: bool) -> None:
    """Replace what the database holds by the backup in FILE."""
    from aggregator.storage import backup as storage

    shown = app.database.url.render_as_string(hide_password=True)
    if not yes and sys.stdin.isatty():
        click.confirm(f"Replace everything in {shown} by {file}?", abort=True, err=True)
    try:
        with _progress("restoring") as progress:
            task = progress.add_task("", total=None)
            storage.restore(
                app.database,
                file,
                lambda done, total: progress.update(task, completed=done, total=total),
            )
    except MarsadError as error:
        fail(str(error))
    err.print(f"restored {shown} from {file}")


def _progress(label: str) -> Progress:
    return Progress(
        TextColumn(label), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=err
    )
