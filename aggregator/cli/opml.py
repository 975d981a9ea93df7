"""`marsad opml`: feeds in the format that readers exchange."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from aggregator.cli.app import App, err, fail
from aggregator.errors import ParseError

if TYPE_CHECKING:
    from aggregator.parse.opml import Outline


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
    from aggregator.parse.opml import read_opml

    try:
        outlines = read_opml(file.read_bytes())
    except ParseError as error:
        fail(f"{file}: {error.detail}")
    known = {feed.url for source in app.settings.source for feed in source.feeds}
    slugs = {source.slug for source in app.settings.source}
    fresh = [outline for outline in outlines if outline.url not in known]
    for outline in fresh:
        click.echo(_as_toml(outline, slugs))
    err.print(f"{len(fresh)} feeds, {len(outlines) - len(fresh)} that the config has already")


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


def _as_toml(outline: Outline, slugs: set[str]) -> str:
    lines = [
        "[[source]]",
        f"slug = {_quoted(_free_slug(outline, slugs))}",
        f"name = {_quoted(outline.title)}",
    ]
    if re.fullmatch(r"[a-z]{2,3}", outline.language):
        lines.append(f"language = {_quoted(outline.language)}")
    if outline.site.startswith(("http://", "https://")):
        lines.append(f"site = {_quoted(outline.site)}")
    return "\n".join([*lines, f"feeds = [ {{ url = {_quoted(outline.url)} }} ]", ""])


def _free_slug(outline: Outline, slugs: set[str]) -> str:
    """From the Latin letters of the title, else of the host; never one that is taken."""
    host = (urlsplit(outline.site or outline.url).hostname or "").removeprefix("www.")
    slug = next(
        (
            made
            for text in (outline.title, host.rsplit(".", 1)[0])
            if len(made := re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")) > 2
        ),
        "source",
    )[:60].strip("-")
    taken = slug
    number = 2
    while taken in slugs:
        taken = f"{slug}-{number}"
        number += 1
    slugs.add(taken)
    return taken


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are a subset of its own."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
