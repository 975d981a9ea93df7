"""`marsad migrate`: the database made, or brought to this version's schema."""

from __future__ import annotations

import click

from aggregator.cli.app import App, err


@click.command()
@click.pass_obj
def migrate(app: App) -> None:
    """Create the database or bring it up to date, as run, web and poll do when they start."""
    from aggregator.storage.schema import current_revision

    database = app.prepare_database()
    shown = database.shown_url
    err.print(f"{shown} is up to date, at revision {current_revision(database)}", markup=False)
