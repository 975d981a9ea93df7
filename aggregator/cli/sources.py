"""`marsad sources`: how polling goes, source by source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from aggregator.cli.app import App, err

if TYPE_CHECKING:
    from aggregator.types import FeedHealth, SourceOverview

_COLOURS = {
    "healthy": "green",
    "damaged": "yellow",
    "failing": "red",
    "refused": "red",
    "gone": "red",
    "disabled": "dim",
}


@click.command()
@click.option("--failing", is_flag=True, help="Only feeds that are not healthy.")
@click.pass_obj
def sources(app: App, failing: bool) -> None:
    """Show all sources and feeds with their health."""
    from aggregator.services import reading

    now = datetime.now(UTC)
    with app.database.read() as session:
        overview = reading.list_sources(session)
    console = Console()
    if not console.is_terminal:
        console.width = 200
    table = Table(*_HEADINGS, box=None, pad_edge=False, header_style="bold")
    for source in overview:
        for feed in source.feeds:
            if not failing or feed.status not in ("healthy", "new"):
                table.add_row(*_row(source, feed, now), style=_COLOURS.get(feed.status))
    console.print(table)
    feeds = [feed for source in overview for feed in source.feeds]
    well = sum(feed.status in ("healthy", "damaged") for feed in feeds)
    err.print(f"{len(overview)} sources, {len(feeds)} feeds, {well} of them readable")


_HEADINGS = ("source", "feed", "status", "entries", "last good poll", "next poll", "trouble")


def _row(source: SourceOverview, feed: FeedHealth, now: datetime) -> tuple[str, ...]:
    trouble = f"{feed.error_kind}: {feed.error_detail}" if feed.error_kind else ""
    due = feed.next_poll_at if feed.status not in ("gone", "disabled") else None
    return (
        source.source.slug,
        feed.url,
        feed.status,
        str(feed.entry_count),
        f"{_span(now - feed.last_success_at)} ago" if feed.last_success_at else "never",
        ("now" if due <= now else f"in {_span(due - now)}") if due else "",
        trouble,
    )


def _span(span: timedelta) -> str:
    """A time span in its largest unit: 5 s, 12 min, 3 h, 2 d."""
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
