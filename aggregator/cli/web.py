"""`marsad web`: the web server alone."""

from __future__ import annotations

import click

from aggregator.cli.app import App, err, log_to_stderr


@click.command()
@click.pass_obj
def web(app: App) -> None:
    """Serve the site and the API without polling; any number may run at once."""
    from aggregator.runtime.parent_watch import watch_parent
    from web.serving.server import serve

    watch_parent()
    log_to_stderr()
    print_setup_link(app)
    app.database.close()  # migrated; the server opens its own connections
    serve(app.settings)


def print_setup_link(app: App) -> None:
    """Where nobody has an account, tell the link that makes the first one."""
    from aggregator.services.accounts import first_account

    token = first_account.new_link(app.database)
    if token is not None:
        err.print("No accounts yet. This link works once, to create the operator's account:")
        err.print(f"  {app.settings.web.address}/setup/{token}", markup=False)
