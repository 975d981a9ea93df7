"""`marsad check-config`: is the config file right?"""

from __future__ import annotations

import json
import sys

import click

from aggregator.cli.app import App, fail_config
from aggregator.errors import ConfigError


@click.command("check-config")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def check_config(app: App, as_json: bool) -> None:
    """Check the config file; every problem with its line. Exits with 2 if there is any."""
    try:
        settings = app.load_settings()
    except ConfigError as error:
        if not as_json:
            fail_config(error)
        print(json.dumps({"ok": False, "problems": _as_json(error)}, ensure_ascii=False, indent=2))
        sys.exit(2)
    feeds = sum(len(source.feeds) for source in settings.source)
    if as_json:
        print(json.dumps({"ok": True, "sources": len(settings.source), "feeds": feeds}))
    else:
        print(f"{app.config_path} is fine: {len(settings.source)} sources, {feeds} feeds")


def _as_json(error: ConfigError) -> list[dict[str, object]]:
    return [
        {
            "file": problem.file,
            "line": problem.line,
            "where": problem.where,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in error.problems
    ]
