"""`marsad web`: the web server alone."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.cli.app import App, err, fail, log_as_configured
from aggregator.cli.run import command


@click.command()
@click.option("--dev", is_flag=True, help="Restart on every change of code, templates or assets.")
@click.pass_obj
def web(app: App, dev: bool) -> None:
    """Serve the site and the API without polling; any number may run at once."""
    if dev:
        _serve_for_development(app)
    else:
        _serve(app)


def _serve_for_development(app: App) -> None:
    try:
        from aggregator.runtime.reload import run_with_reload
    except ModuleNotFoundError as error:
        if error.name != "watchfiles":
            raise
        raise click.ClickException("--dev needs watchfiles: pip install 'marsad[test]'") from error

    checkout = Path(__file__).parents[2]
    roots = [checkout / name for name in ("aggregator", "web", "templates")]
    roots.append(app.config_path)
    run_with_reload(command(app, "web"), [root for root in roots if root.exists()])


def _serve(app: App) -> None:
    from aggregator.runtime.parent_watch import watch_parent
    from web.serving.server import serve

    watch_parent()
    log_as_configured(app)
    database = app.prepare_database()
    print_setup_link(app)
    database.close()  # the server opens its own connections
    try:
        serve(app.settings, app.config_path)
    except SystemExit as error:  # says why it cannot listen
        if isinstance(error.code, str):
            fail(error.code.removeprefix("marsad: "))
        raise


def print_setup_link(app: App) -> None:
    """Print the link that makes the first account, unless there is one already.

    Not into a log that programs collect: the link opens the site.
    """
    from aggregator.services.accounts import first_account

    if app.settings.log.format == "json":
        with app.database.read() as session:
            is_needed = first_account.is_needed(session)
        if is_needed:
            err.print("no accounts yet: marsad user add NAME --role operator makes the first one")
        return
    token = first_account.new_link(app.database)
    if token is not None:
        err.print("No accounts yet. This link works once, to create the operator's account:")
        err.print(f"  {app.settings.web.address}/setup/{token}", markup=False)
