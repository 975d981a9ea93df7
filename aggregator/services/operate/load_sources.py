"""Loading the configured sources into the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aggregator.storage.engine import Database
from aggregator.storage.feeds.sources import sync_sources
from aggregator.types import SourceSpec, SyncReport


def load_sources(database: Database, specs: Iterable[SourceSpec], now: datetime) -> SyncReport:
    """Bring the tables in line with the configuration, in one transaction."""
    with database.write_exclusive() as session:
        return sync_sources(session, specs, now)
