"""`marsad web`: the web server alone."""

from __future__ import annotations

import os
from pathlib import Path

import click

from aggregator.cli.app import App, fail, log_as_configured
from aggregator.cli.run import command, print_setup_link, web_commands
from aggregator.errors import ListenError


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
    from aggregator.runtime import listening
    from aggregator.runtime.parent_watch import watch_parent

    folder = listening.shared_folder()
    if folder is None and app.settings.web.worker_count > 1:
        _supervise(app)
    watch_parent()
    log_as_configured(app)
    database = app.prepare_database()
    if folder is None:
        print_setup_link(app)
    else:
        # prometheus_client looks for it when it is imported.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    database.close()  # the server opens its own connections
    from web.serving.server import serve

    try:
        serve(app.settings, app.config_path)
    except ListenError as error:
        fail(str(error))


def _supervise(app: App) -> None:
    """Replace this process by one that keeps several running."""
    from aggregator.runtime.supervisor import exec_supervisor

    app.prepare_database()
    exec_supervisor(web_commands(app))
