"""`marsad init`: a config file to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.cli.app import App, err, fail


@click.command()
@click.pass_obj
def init(app: App) -> None:
    """Write an example config, with sources to begin with; an existing file is left alone."""
    from aggregator.config.example import example_text

    path = app.config_path
    _write_new(path, example_text())
    named = "" if path == Path("config.toml") else f" --config {path}"
    err.print(f"wrote {path}: its sources and settings are yours to edit", markup=False)
    err.print(f"next: marsad{named} run", markup=False)


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{path} exists already and is left as it is")
    except OSError as error:
        fail(f"{path} could not be written: {error.strerror or error}")
