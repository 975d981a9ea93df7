"""`marsad web`: the web server alone."""

from __future__ import annotations

import click

from aggregator.cli.app import App, err, log_to_stderr


@click.command()
@click.pass_obj
def web(app: App) -> None:
    """Serve the pages and the API, without polling; any number of these may run."""
    from aggregator.runtime.parent_watch import watch_parent
    from web.serving.server import serve

    watch_parent()
    log_to_stderr()
    database = app.prepare_database()
    print_setup_link(app)
    database.close()  # the server opens its own connections
    serve(app.settings)


def print_setup_link(app: App) -> None:
    """Where nobody has an account, tell the link that makes the first one."""
    from aggregator.services.accounts import first_account

    token = first_account.new_link(app.database)
    if token is not None:
        err.print("There is no account yet. This link makes the operator's, once:")
        err.print(f"  {app.settings.web.address}/setup/{token}", markup=False)
