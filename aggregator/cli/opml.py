"""`marsad opml`: feeds in the format that readers exchange."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.cli.app import App, err, fail
from aggregator.errors import ParseError


def print_tables(app: App, file: Path) -> None:
    """Print the TOML for what is new in an OPML file; fails where it is none."""
    from aggregator.services.opml import new_tables

    try:
        tables, known = new_tables(file.read_bytes(), app.settings.source)
    except ParseError as error:
        fail(f"{file}: {error.detail}")
    for table in tables:
        click.echo(table)
    err.print(f"{len(tables)} feeds, {known} that the config has already")


@click.group()
def opml() -> None:
    """Take feeds over from another reader, or hand them on."""


@opml.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_obj
def import_(app: App, file: Path) -> None:
    """Print the [[source]] tables for the feeds of an OPML FILE that the config does not have.

    Look them over and append them: marsad opml import FILE >> config.toml
    """
    print_tables(app, file)


@opml.command()
@click.pass_obj
def export(app: App) -> None:
    """Print all feeds of the config as OPML, grouped by country."""
    from aggregator.parse.opml import Outline, write_opml

    outlines = [
        Outline(
            title=source.name.get("ar" if source.language == "ar" else "en"),
            url=feed.url,
            site=source.site or "",
            group=source.country,
            language=source.language,
        )
        for source in app.settings.source
        for feed in source.feeds
    ]
    click.echo(write_opml("Marsad", outlines), nl=False)
