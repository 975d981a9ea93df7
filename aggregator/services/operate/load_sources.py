"""Loading the configured sources into the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aggregator.storage.engine import Database
from aggregator.storage.feeds.owners import sync_owners
from aggregator.storage.feeds.sources import sync_sources
from aggregator.types import Owner, SourceSpec, SyncReport


def load_sources(
    database: Database,
    specs: Iterable[SourceSpec],
    now: datetime,
    owners: Iterable[Owner] = (),
) -> SyncReport:
    """Bring the tables in line with the configured sources and owners, in one transaction."""
    with database.write_exclusive() as session:
        sync_owners(session, owners)
        report = sync_sources(session, specs, now)
        if report.moved:
            from aggregator.storage.entries.moves import take_entries_along  # hardly ever needed

            take_entries_along(session, report.moved)
        return report
