"""What a story is made of."""

from __future__ import annotations

from typing import Any

from aggregator.services.ingest import assign_stories
from aggregator.storage.engine import Database
from aggregator.types import PreparedEntry, UnplacedEntry
from tests.builders import make_feed, make_source, store_entries


def tell(newsroom: Database, entry: PreparedEntry, slug: str, **values: Any) -> int:
    """Have a new source tell it, stored and assigned to a story; the id of the entry."""
    with newsroom.write_exclusive() as session:
        feed = make_feed(session, make_source(session, slug, **values), f"https://{slug}.example/")
        (id_,) = store_entries(session, feed, entry)
        assign_stories.assign_stories(session, [UnplacedEntry(id_, entry.story)])
    return id_
