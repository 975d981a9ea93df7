"""The command `marsad`: one file per group of commands, loaded on use."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import click

from aggregator.cli.app import App
from aggregator.runtime.gc_tuning import tune_gc

_COMMANDS = {
    "init": "aggregator.cli.init:init",
    "run": "aggregator.cli.run:run",
    "web": "aggregator.cli.web:web",
    "poll": "aggregator.cli.poll:poll",
    "check-config": "aggregator.cli.check_config:check_config",
    "doctor": "aggregator.cli.doctor:doctor",
    "sources": "aggregator.cli.sources:sources",
    "user": "aggregator.cli.user:user",
    "opml": "aggregator.cli.opml:opml",
    "migrate": "aggregator.cli.migrate:migrate",
    "backup": "aggregator.cli.backup:backup",
    "restore": "aggregator.cli.backup:restore",
    "copy": "aggregator.cli.copy:copy",
    "demo": "aggregator.cli.demo:demo",
}


class _LazyGroup(click.Group):
    """Imports a command only when it is used, for a quick and light start."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Config file (default: $MARSAD_CONFIG, else config.toml).",
)
@click.version_option(package_name="marsad", prog_name="marsad")
@click.pass_context
def main(ctx: click.Context, config_path: Path | None) -> None:
    """Marsad (مرصد): a news aggregator and reader for Morocco and its region."""
    tune_gc()
    app = ctx.obj = App(config_path or Path(os.environ.get("MARSAD_CONFIG") or "config.toml"))
    ctx.call_on_close(app.close)
