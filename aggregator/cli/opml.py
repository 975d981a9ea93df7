"""`marsad opml`: feeds in the format that readers exchange."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.app import App, err, fail
from aggregator.cli.audit import record
from aggregator.cli.messages import english
from aggregator.errors import NotFound, ParseError

if TYPE_CHECKING:
    from aggregator.parse.opml import OpmlProblem, Outline


def print_tables(app: App, file: Path) -> None:
    """Print the TOML for what is new in an OPML file, and what was left out of it."""
    from aggregator.services.operate.opml_import import tables_for_new_feeds

    try:
        found = tables_for_new_feeds(file.read_bytes(), app.settings.source)
    except ParseError as error:
        fail(f"{file}: {error.detail}")
    for table in found.tables:
        click.echo(table)
    _print_problems(file, found.problems)
    err.print(f"new feeds: {len(found.tables)}, already in the config: {found.known}")


def _print_problems(file: Path, problems: Iterable[OpmlProblem]) -> None:
    """Print what was left out of a file, a line each."""
    for problem in problems:
        where = f"{file}:{problem.line}: {problem.title}".removesuffix(": ")
        err.print(f"{where}: {english(f'opml.problem.{problem.kind}')}", markup=False)


@click.group()
def opml() -> None:
    """Import feeds from another reader, or export them."""


@opml.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--user", "name", help="User who will follow the sources in the file.")
@click.pass_obj
def import_(app: App, file: Path, name: str | None) -> None:
    """Print [[source]] tables for the feeds in an OPML FILE that are not in the config.

    Review them, then append them: marsad opml import FILE >> config.toml

    Damaged files and addresses are mended where possible; what was left out is printed with its
    line and the reason.

    With --user, that user also follows the sources that are already in the config.
    """
    if name is None:
        print_tables(app, file)
    else:
        _follow(app, file, name)


@opml.command()
@click.option("--user", "name", help="Export only what this user follows.")
@click.pass_obj
def export(app: App, name: str | None) -> None:
    """Print all feeds in the config as OPML, grouped by country."""
    from aggregator.parse.opml import write_opml

    outlines = _configured(app) if name is None else _followed(app, name)
    click.echo(write_opml("Marsad", outlines), nl=False)


def _follow(app: App, file: Path, name: str) -> None:
    from aggregator import config
    from aggregator.services.accounts import accounts
    from aggregator.services.operate.load_sources import load_sources
    from aggregator.services.reading.subscription_opml import import_followed

    now = datetime.now(UTC)
    specs, owners = config.source_specs(app.settings), config.owner_specs(app.settings)
    load_sources(app.database, specs, now, owners)
    try:
        with app.database.write() as session:
            owner = accounts.find(session, name)
            done = import_followed(session, owner, file.read_bytes(), now)
            if done.followed:
                slugs = " ".join(each.slug for each in done.followed)
                record(session, "user.follow", owner.name, slugs)
    except ParseError as error:
        fail(f"{file}: {error.detail}")
    except NotFound as error:
        fail(str(error))
    if done.tables:
        click.echo(done.tables)
    _print_problems(file, done.problems)
    err.print(
        f"{name}: newly followed sources: {len(done.followed)}, already followed: "
        f"{len(done.already)}; feeds not in the config: {len(done.unknown)}"
    )


def _followed(app: App, name: str) -> list[Outline]:
    from aggregator.services.accounts import accounts
    from aggregator.services.reading.subscription_opml import export_followed, own_name

    try:
        with app.database.read() as session:
            reader = accounts.find(session, name)
            return export_followed(session, reader, own_name, lambda source: source.country)
    except NotFound as error:
        fail(str(error))


def _configured(app: App) -> list[Outline]:
    from aggregator.parse.opml import Outline

    return [
        Outline(
            title=source.name.get("ar" if source.language == "ar" else "en"),
            url=feed.url,
            site=source.site or "",
            group=source.country,
            language=source.language,
            is_sorted=False,
        )
        for source in app.settings.source
        for feed in source.feeds
    ]
