"""A database with many entries for the benchmark of web servers, and the configuration of it."""

import json
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, EntryContent, Feed
from aggregator.storage.models.base import table
from benchmarks.vocabulary import Writer

SOURCES = 20
# Distinct texts; writing one takes longer than storing it.
_BODIES = 300
_BATCH = 1000


def config(database_url: str, port: int, feeds: Sequence[str], *, interval: str) -> str:
    """A config.toml: `feeds` over 20 sources, each polled every `interval`, web on `port`.

    JSON strings are TOML strings.
    """
    head = f"""\
[database]
url = {json.dumps(database_url)}
[web]
port = {port}
[polling]
min_interval = "{interval}"
max_interval = "{interval}"
per_host = 64
allow_networks = ["127.0.0.0/8"]
"""
    return head + "".join(_source(n, feeds[n::SOURCES]) for n in range(SOURCES))


def _source(number: int, feeds: Sequence[str]) -> str:
    name = Writer(f"source:{number}").phrase(2)
    urls = ", ".join(f"{{ url = {json.dumps(url)} }}" for url in feeds)
    return f"""
[[source]]
slug = "publisher-{number}"
name = {{ ar = {json.dumps(name, ensure_ascii=False)}, fr = "Éditeur {number}" }}
feeds = [ {urls} ]
"""


def fill(database: Database, count: int) -> list[int]:
    """Store `count` entries, one a minute back from now, over all feeds; their ids."""
    now = datetime.now(UTC)
    with database.write() as session:
        feeds = session.execute(select(Feed.id, Feed.source_id).order_by(Feed.id)).all()
        ids: list[int] = []
        for start in range(0, count, _BATCH):
            numbers = range(start, min(start + _BATCH, count))
            rows = [
                _entry(n, feeds[n % len(feeds)].id, feeds[n % len(feeds)].source_id, now)
                for n in numbers
            ]
            stored = session.connection().execute(
                insert(table(Entry)).returning(table(Entry).c.id, sort_by_parameter_order=True),
                rows,
            )
            batch = list(stored.scalars())
            session.connection().execute(
                insert(table(EntryContent)),
                [_content(i, n) for i, n in zip(batch, numbers, strict=True)],
            )
            ids += batch
    return ids


def paths(ids: Sequence[int]) -> Iterator[str]:
    """Paths that readers request, as often as listed: lists, entries, the API, styles."""
    chosen = ids[:: max(1, len(ids) // 40)]
    for number, entry in enumerate(chosen):
        yield "/"
        yield f"/entries/{entry}"
        yield f"/?source=publisher-{number % SOURCES}"
        yield f"/entries/{entry}"
        yield "/styles/reading.css"
        yield f"/entries/{entry}"
        yield "/"
        yield "/api/v1/entries"
        yield "/styles/reading.css"


def _entry(number: int, feed: int, source: int, now: datetime) -> dict[str, Any]:
    writer = Writer(f"filled:{number % _BODIES}")
    key = zlib.crc32(str(number).encode()) << 20 | number
    return {
        "feed_id": feed,
        "source_id": source,
        "identity": key,
        "guid": f"filled:{number}",
        "url": f"https://publisher.example/{number}",
        "url_key": key,
        "text_key": key,
        "title_key": key,
        "revision": key,
        "text_revision": key,
        "title": writer.headline(),
        "author": writer.phrase(2),
        "summary": f"{writer.sentence()} {writer.sentence()}",
        "image_url": None,
        "language": "ar",
        "direction": "rtl",
        "word_count": 200,
        "published_at": now - timedelta(minutes=number + 1),
        "updated_at": None,
        "fetched_at": now,
        "duplicate_of": None,
    }


def _content(entry_id: int, number: int) -> dict[str, Any]:
    writer = Writer(f"filled:{number % _BODIES}")
    body = "".join(f"<p>{writer.sentence()}</p>" for _ in range(8))
    return {"entry_id": entry_id, "content": body, "categories": [], "enclosures": []}
