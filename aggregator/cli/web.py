"""`marsad web`: the web server alone."""

from __future__ import annotations

import click

from aggregator.cli.app import App, log_to_stderr


@click.command()
@click.pass_obj
def web(app: App) -> None:
    """Serve the pages and the API, without polling; any number of these may run."""
    from aggregator.lifeline import watch_parent
    from web.server import serve

    watch_parent()
    log_to_stderr()
    app.database.close()  # migrated; the server opens its own connections
    serve(app.settings)
