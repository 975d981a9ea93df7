"""`marsad doctor`: is this installation healthy, and what is to be done if not?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import readable_files
from aggregator.cli.app import App
from aggregator.cli.audit import record
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from aggregator.config import Settings
    from aggregator.types.diagnosis import Finding

_SIGNS = {"ok": "ok     ", "warning": "WARNING", "error": "ERROR  "}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--reindex", is_flag=True, help="Have the poller mend the search index.")
@click.pass_obj
def doctor(app: App, as_json: bool, reindex: bool) -> None:
    """Check config, database, replica, search index, disk, clock, DNS, fonts and polling.

    Says what to do about each fault. Changes nothing, except with --reindex. Exits with 1 if
    something is wrong, with 2 if the config is.
    """
    if reindex:
        from aggregator.services.operate import doctor as service

        with app.database.write_exclusive() as session:
            result = service.reindex(session)
            record(session, "index.repair", "", result)
        click.echo(result)
        return
    findings = list(_examine(app))
    if as_json:
        shown = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"findings": shown}, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{_SIGNS[finding.status]} {finding.check}: {finding.message}")
            if finding.advice:
                click.echo(f"        -> {finding.advice}")
    sys.exit(_exit_status(findings))


def _exit_status(findings: list[Finding]) -> int:
    wrong = [finding.check for finding in findings if finding.status == "error"]
    return 2 if "config" in wrong else int(bool(wrong))


def _examine(app: App) -> Iterator[Finding]:
    from aggregator.services.operate import doctor as service
    from aggregator.types.diagnosis import Finding

    try:
        settings = app.load_settings()
    except ConfigError as error:
        for problem in error.problems:
            yield Finding("config", "error", str(problem), "marsad check-config")
        return
    feeds = sum(len(source.feeds) for source in settings.source)
    shown = f"{app.config_path}: {len(settings.source)} sources, {feeds} feeds"
    yield Finding("config", "ok", shown)
    yield from map(_readable_file, readable_files.find(app.config_path, settings))
    yield from _check_database(settings)
    yield service.check_dns(_hosts(settings))
    yield _check_fonts()


def _readable_file(found: tuple[Path, str]) -> Finding:
    from aggregator.types.diagnosis import Finding

    path, content = found
    message = f"other users of this machine can read {content} in {path}"
    return Finding("permissions", "warning", message, f"chmod 600 {path}")


def _check_database(settings: Settings) -> Iterator[Finding]:
    """Check the database and the disk that it is on; of a server, only the folder we run in."""
    from aggregator.config import poll_policy
    from aggregator.services.operate import doctor as service
    from aggregator.storage.engine import Database
    from aggregator.storage.replica import Replica
    from aggregator.types.diagnosis import Finding

    database = Database(settings.database.url)
    folder, size = Path.cwd(), 0
    if database.is_sqlite:
        folder = database.path.absolute().parent
        if not database.path.is_file():
            advice = "check database.url; marsad run makes a new one"
            yield Finding("database", "error", f"there is none at {database.path}", advice)
            yield service.check_disk(folder, size)
            return
        size = database.path.stat().st_size
    longest = poll_policy(settings).longest_wait
    yield from service.check_database(database, datetime.now(UTC), longest)
    if settings.database.read_url:
        replica = Replica(database, settings.database.read_url)
        yield service.check_replica(replica)
        replica.close()
    yield service.check_disk(folder, size)
    database.close()


def _hosts(settings: Settings) -> list[str]:
    from aggregator.process.feeds.host_shares import authority

    urls = (feed.url for source in settings.source for feed in source.feeds)
    return [authority(url).rpartition(":")[0] for url in urls]


def _check_fonts() -> Finding:
    from aggregator.types.diagnosis import Finding
    from web.assets.fonts import load_fonts
    from web.presentation.drawing import has_raqm

    if not load_fonts():
        message = "pages use the fonts of each device"
        return Finding("fonts", "warning", message, "run .ci/install-fonts in the checkout")
    if not has_raqm():
        message = "pictures for links are not drawn in Arabic"
        return Finding("fonts", "warning", message, "install the system's library FriBiDi")
    return Finding("fonts", "ok", "pages and pictures have their typefaces")
