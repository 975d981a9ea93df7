"""`marsad run`: the main job."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from aggregator.cli import readable_files
from aggregator.cli.app import App, err, log_as_configured


@click.command()
@click.pass_obj
def run(app: App) -> None:
    """Migrate the database, load the sources, poll on schedule and serve the site."""
    log_as_configured(app)
    prepare_database(app)
    err.print(f"Marsad is at {app.settings.web.local_url}  (stop with Ctrl-C)")
    from aggregator.runtime.supervisor import exec_supervisor

    exec_supervisor({"web": command(app, "web"), "poller": command(app, "poll")})


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
