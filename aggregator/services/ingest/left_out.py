"""Entries that could be stored, but not given a story: an error, or a kill, came between."""

from __future__ import annotations

import logging
from datetime import datetime

from aggregator.storage.engine import Database
from aggregator.storage.stories.left_out import latest_left_out

log = logging.getLogger("marsad.polling")


def assign_left_out(database: Database, now: datetime) -> None:
    """Find the stories of those among the latest entries."""
    with database.read() as session:
        left_out = latest_left_out(session, now)
    if not left_out:
        return  # nearly always, and then nothing else is imported
    from aggregator.services.ingest.assign_stories import assign_latest

    if assigned := assign_latest(database, left_out, now):
        log.info("stories: %d entries assigned that had been left out", assigned)
