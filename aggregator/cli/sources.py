"""`marsad sources`: the health of each feed, and commands to fix it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregator.cli.app import App, err, fail
from aggregator.cli.audit import record
from aggregator.errors import FeedCommandError, NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from aggregator.types import FeedHealth, SourceOverview
    from aggregator.types.audit import ActKind

_COLOURS = {
    "damaged": "yellow",
    "moved": "yellow",
    "slow": "yellow",
    "silent": "yellow",
    "unreachable": "red",
    "failing": "red",
    "refused": "red",
    "gone": "red",
    "disabled": "dim",
    "healthy": "green",
}


@click.group(invoke_without_command=True)
@click.option("--failing", is_flag=True, help="Show only feeds that are not healthy.")
@click.pass_context
def sources(ctx: click.Context, failing: bool) -> None:
    """List all sources and feeds with their health, or act on one."""
    if ctx.invoked_subcommand is None:
        _show(ctx.obj, failing=failing)
    elif failing:
        raise click.UsageError("--failing cannot be used with a command")


# --- looking -----------------------------------------------------------------------------------


def _show(app: App, *, failing: bool) -> None:
    from aggregator.services.operate import feed_health
    from aggregator.services.reading import entries

    now = datetime.now(UTC)
    with app.database.read() as session:
        overview = feed_health.with_entry_rates(session, entries.list_sources(session), now)
    console = Console(markup=False)
    if not console.is_terminal:
        console.width = 240
    table = Table(*_HEADINGS, box=None, pad_edge=False, header_style="bold")
    for source in overview:
        for feed in source.feeds:
            if not failing or feed.status not in ("healthy", "new", "disabled"):
                cells = (Text(cell) for cell in _row(source, feed, now))
                table.add_row(*cells, style=_COLOURS.get(feed.status))
    console.print(table)
    feeds = [feed for source in overview for feed in source.feeds]
    well = sum(feed.status in _READABLE for feed in feeds)
    err.print(f"sources: {len(overview)}, feeds: {len(feeds)}, readable: {well}")


_READABLE = ("healthy", "damaged", "moved", "slow", "silent")
_HEADINGS = (
    "source", "feed", "state", "since", "entries", "a day", "delay", "last success", "next poll",
    "trouble",
)  # fmt: skip


def _row(source: SourceOverview, feed: FeedHealth, now: datetime) -> tuple[str, ...]:
    due = feed.next_poll_at
    return (
        source.source.slug,
        feed.url,
        feed.status,
        f"{feed.since:%Y-%m-%d %H:%M}" if feed.since else "",
        str(feed.entry_count),
        "" if feed.entries_per_day is None else f"{feed.entries_per_day:.1f}",
        "" if feed.median_delay_s is None else _span(timedelta(seconds=feed.median_delay_s)),
        f"{_span(now - feed.last_success_at)} ago" if feed.last_success_at else "never",
        ("now" if due <= now else f"in {_span(due - now)}") if due else "",
        _trouble(feed),
    )


def _trouble(feed: FeedHealth) -> str:
    """What is wrong, and the command that fixes it, if any."""
    said = [f"{feed.error_kind}: {feed.error_detail}"] if feed.error_kind else []
    if feed.clamped_dates:
        said.append(f"{feed.clamped_dates} impossible dates")
    if feed.adopted_url:
        said.append(f"polled from {feed.adopted_url}: put that in the config")
    elif feed.advertised:
        said.append(f"the page advertises feeds: marsad sources adopt {feed.url}")
    elif feed.status == "gone":
        said.append(f"if it is back: marsad sources resume {feed.url}")
    return "; ".join(said)


def _span(span: timedelta) -> str:
    """A time span in its largest unit: 5 s, 12 min, 3 h, 2 d."""
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


# --- doing -------------------------------------------------------------------------------------


@sources.command()
@click.argument("slugs", nargs=-1, required=True, metavar="SLUG…")
@click.pass_obj
def poll(app: App, slugs: tuple[str, ...]) -> None:
    """Ask the running poller to poll these sources now.

    Without a running poller: marsad poll --once --source SLUG
    """
    from aggregator.services.operate import feed_health

    now = datetime.now(UTC)
    found = [feed for slug in slugs for feed in _find(app, slug) if feed.enabled]
    _do(app, "feed.poll", found, lambda session, feed: feed_health.poll_now(session, feed.id, now))


@sources.command()
@click.argument("address", metavar="SLUG|URL")
@click.pass_obj
def resume(app: App, address: str) -> None:
    """Resume polling feeds that are gone or waiting after failures."""
    from aggregator.services.operate import feed_health

    now = datetime.now(UTC)
    found = _find(app, address)
    _do(app, "feed.resume", found, lambda session, feed: feed_health.resume(session, feed.id, now))


@sources.command()
@click.argument("url")
@click.argument("new_url", required=False)
@click.pass_obj
def adopt(app: App, url: str, new_url: str | None) -> None:
    """Poll the feed at URL from NEW_URL, to which it moved or which its page advertises.

    NEW_URL may be omitted if there is only one. The config file is left as it is; the line to
    change is printed.
    """
    from aggregator.services.operate import feed_health

    feeds = _find(app, url)
    if len(feeds) > 1:
        fail(f"{url} has {len(feeds)} feeds; choose one by its URL", 2)
    with app.database.read() as session:
        choices = feed_health.alternative_urls(session, feeds[0])
    if new_url is None and len(choices) == 1:
        new_url = choices[0][1]
    if new_url is None:
        for title, address in choices:
            err.print(f"{address}  {title}".rstrip(), markup=False)
        fail(_choose(url, len(choices)), 2 if choices else 1)
    chosen, now = new_url, datetime.now(UTC)
    _do(
        app,
        "feed.adopt",
        feeds,
        lambda session, feed: feed_health.adopt_url(session, feed.id, chosen, now),
        chosen,
    )
    if chosen != feeds[0].url:
        click.echo(f"in {app.config_path}, replace {feeds[0].url} with {chosen}")


def _choose(url: str, count: int) -> str:
    if count:
        return f"choose one of these {count} addresses: marsad sources adopt {url} NEW_URL"
    return f"{url} neither moved nor advertises a feed"


@sources.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_obj
def import_(app: App, file: Path) -> None:
    """Print [[source]] tables for an OPML FILE; the same as marsad opml import."""
    from aggregator.cli.opml import print_tables

    print_tables(app, file)


def _find(app: App, address: str) -> list[FeedHealth]:
    from aggregator.services.operate import feed_health

    try:
        with app.database.read() as session:
            return feed_health.find_feeds(session, address)
    except NotFound:
        fail(f"there is no source or feed {address}; to list them: marsad sources", 2)


def _do(
    app: App,
    kind: ActKind,
    feeds: list[FeedHealth],
    action: Callable[[Session, FeedHealth], FeedHealth],
    detail: str = "",
) -> None:
    """Run `action` on each feed and report; fail if it worked for none."""
    done = 0
    for feed in feeds:
        try:
            with app.database.write() as session:
                action(session, feed)
                record(session, kind, feed.id, detail)
        except FeedCommandError as error:
            err.print(f"marsad: {error}", markup=False)
        else:
            done += 1
            click.echo(f"the running poller will poll {feed.url} in a moment")
    if not done:
        fail("nothing was changed")
