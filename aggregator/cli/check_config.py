"""`marsad check-config`: is the config file right? With --online: can its feeds be read?"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from aggregator.cli import readable_files
from aggregator.cli.app import App, err, fail_config
from aggregator.cli.messages import english
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from aggregator.config import Settings
    from aggregator.services.ingest.probe import ProbeResult


@click.command("check-config")
@click.option("--online", is_flag=True, help="Also fetch every feed; nothing is stored.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def check_config(app: App, online: bool, as_json: bool) -> None:
    """Check the config file and those of sources.d, and report each problem with its line.

    Exits with 2 if there are problems; with --online, exits with 1 if a feed cannot be read.
    """
    try:
        settings = app.load_settings()
    except ConfigError as error:
        if not as_json:
            fail_config(error)
        print(json.dumps({"ok": False, "problems": _as_json(error)}, ensure_ascii=False, indent=2))
        sys.exit(2)
    readable_files.warn(app)
    probes = asyncio.run(_probe(settings)) if online else []
    ok = all(probe.is_readable for probe in probes)
    feeds = sum(len(source.feeds) for source in settings.source)
    if as_json:
        result: dict[str, object] = {"ok": ok, "sources": len(settings.source), "feeds": feeds}
        if online:
            result["probes"] = [_probe_as_json(probe) for probe in probes]
        print(json.dumps(result, ensure_ascii=False, indent=2 if online else None))
    else:
        print(f"{app.config_path} is valid: sources: {len(settings.source)}, feeds: {feeds}")
        _print_probes(probes)
    sys.exit(0 if ok else 1)


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


# --- online --------------------------------------------------------------------------------------


async def _probe(settings: Settings) -> list[ProbeResult]:
    """Fetch every feed, as politely as polling does."""
    from aggregator import config
    from aggregator.fetch.client import FeedClient
    from aggregator.poller.assembly import client_settings
    from aggregator.services.ingest.probe import probe_all
    from aggregator.services.ingest.workers import ParsingPool

    columns = (TextColumn("probing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=err.console, refresh_per_second=5) as progress,
        ParsingPool(settings.polling.workers) as parser,
    ):
        total = sum(len(source.feeds) for source in settings.source)
        task = progress.add_task("probing", total=total)
        async with FeedClient(client_settings(settings)) as client:
            specs = config.source_specs(settings)
            return await probe_all(specs, client, parser, lambda _: progress.advance(task))


def _print_probes(probes: list[ProbeResult]) -> None:
    """Print what is wrong with each feed that is not healthy."""
    for probe in probes:
        if probe.state != "healthy":
            print(f"\n{probe.source}: {probe.url}")
            for line in _diagnosis(probe):
                print(f"    {line}")
    if probes:
        readable = sum(probe.is_readable for probe in probes)
        healthy = sum(probe.state == "healthy" for probe in probes)
        print(f"\nfeeds: {len(probes)}; {healthy} healthy, {len(probes) - readable} cannot be read")


def _diagnosis(probe: ProbeResult) -> list[str]:
    lines = [f"{probe.state}: {_sentence(probe)}"]
    if probe.kind:
        lines.append(f"{probe.kind}: {probe.detail}" if probe.detail else probe.kind)
    if probe.is_readable:
        lines.append(_entries(probe))
    if probe.moved_to:
        lines.append(f"moved permanently to {probe.moved_to}")
    lines += [
        f"the page advertises: {title or '(untitled)'} {url}" for title, url in probe.advertised
    ]
    advice = _advice(probe)
    return [*lines, f"-> {advice}"] if advice else lines


def _entries(probe: ProbeResult) -> str:
    found = f"{probe.entries} entries"
    if probe.newest_at is None:
        return f"{found}, none with a date"
    newest = f"{found}, the newest from {probe.newest_at:%Y-%m-%d %H:%M} UTC"
    return f"{newest}, silent for {probe.silent_days} days" if probe.silent_days else newest


def _probe_as_json(probe: ProbeResult) -> dict[str, object]:
    advertised = [{"title": title, "url": url} for title, url in probe.advertised]
    return asdict(probe) | {
        "readable": probe.is_readable,
        "newest_at": probe.newest_at.isoformat() if probe.newest_at else None,
        "took_s": round(probe.took_s, 3),
        "advertised": advertised,
        "sentence": _sentence(probe),
        "advice": _advice(probe),
    }


def _sentence(probe: ProbeResult) -> str:
    from aggregator.process.feeds.health import message_key

    return english(message_key(probe.state, probe.kind))


def _advice(probe: ProbeResult) -> str:
    from aggregator.process.feeds.health import advice_key

    key = advice_key(probe.state, probe.kind)
    return english(key) if key else ""
