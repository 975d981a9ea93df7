"""`marsad run`: the main job."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from aggregator.cli import readable_files
from aggregator.cli.app import App, err, fail, log_as_configured
from aggregator.errors import ListenError


@click.command()
@click.pass_obj
def run(app: App) -> None:
    """Migrate the database, load the sources, poll on schedule and serve the site."""
    log_as_configured(app)
    prepare_database(app)
    commands = web_commands(app) | {"poller": command(app, "poll")}
    err.print(f"Marsad is at {app.settings.web.local_url}  (stop with Ctrl-C)", markup=False)
    from aggregator.runtime.supervisor import exec_supervisor

    exec_supervisor(commands)


def prepare_database(app: App) -> None:
    """Check the config, migrate the database, load the sources."""
    from aggregator import config
    from aggregator.services.operate.load_sources import load_sources

    specs = config.source_specs(app.settings)
    readable_files.warn(app)
    database = app.prepare_database()
    report = load_sources(database, specs, datetime.now(UTC), config.owner_specs(app.settings))
    err.print(f"sources: {report.sources}, feeds: {report.feeds} ({report.added} new)")
    if not specs:
        err.print(
            f"there is no [[source]] in {app.config_path} yet: nothing will be polled", markup=False
        )
    database.close()


def command(app: App, *arguments: str) -> list[str]:
    """The command line of another `marsad` command with the same config."""
    return [sys.executable, "-m", "aggregator", "--config", str(app.config_path), *arguments]


def web_commands(app: App) -> dict[str, list[str]]:
    """The web processes by name, for a supervisor; exits with 1 if their port is taken.

    Their socket is opened here, once: a process that cannot have it would be started for ever.
    """
    from aggregator.runtime import listening

    web = app.settings.web
    try:
        listening.share(listening.listen(web.host, web.port, web.socket))
    except ListenError as error:
        fail(str(error))
    count = web.worker_count
    if count == 1:
        return {"web": command(app, "web")}
    listening.share_folder()
    print_setup_link(app)
    return {f"web {number}": command(app, "web") for number in range(1, count + 1)}


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
