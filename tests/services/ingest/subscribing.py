"""A feed that names a hub, the hub, and the subscription between them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aggregator.errors import FetchError
from aggregator.services.ingest.websub import Subscriber, verify_intent
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed, WebsubSubscription
from aggregator.types import CacheHints, PreparedEntry
from tests.builders import NOW, feed_row
from tests.services.ingest import polls

HUB, TOPIC = "https://hub.example/", "https://hespress.example/feed"


class FakeHub:
    """Takes forms, or refuses them."""

    def __init__(self, error: FetchError | None = None) -> None:
        self.error = error
        self.asked: list[dict[str, str]] = []

    async def post_form(
        self, url: str, fields: Mapping[str, str], *, configured_url: str | None = None
    ) -> int:
        assert (url, configured_url) == (HUB, TOPIC)
        self.asked.append(dict(fields))
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return 202


def poll(
    database: Database, feed_id: int, *entries: PreparedEntry, now: datetime = NOW, **document: Any
) -> Feed:
    """Poll a feed whose document has these entries and names the hub."""
    named = {"hub_url": HUB, "self_url": TOPIC} | document
    hints = CacheHints(etag=f'"{now}"')
    polls.poll(database, feed_id, *entries, now=now, document=named, hints=hints, body_digest="d")
    return feed_row(database, feed_id)


def ask(database: Database, hub: FakeHub, now: datetime = NOW) -> list[dict[str, str]]:
    """The forms that a round of requests sends."""
    asked = len(hub.asked)
    asyncio.run(Subscriber(database, hub, "https://marsad.ma").run_round(now))
    return hub.asked[asked:]


def row(database: Database, feed_id: int) -> WebsubSubscription | None:
    """The subscription of a feed."""
    with database.read() as session:
        found = session.get(WebsubSubscription, feed_id)
        if found:
            session.expunge(found)
        return found


def state(database: Database, feed_id: int) -> str | None:
    found = row(database, feed_id)
    return found.state if found else None


def token(database: Database, feed_id: int) -> str:
    found = row(database, feed_id)
    assert found
    return found.token


def answer(database: Database, feed_id: int, now: datetime = NOW, **asked: str) -> str:
    """Answer the hub that verifies its subscription; `asked` are parameters without "hub."."""
    given = {"mode": "subscribe", "topic": TOPIC, "challenge": "c", "lease_seconds": "86400"}
    parameters = {f"hub.{name}": value for name, value in (given | asked).items()}
    return verify_intent(database, token(database, feed_id), parameters, now)


def subscribe(database: Database, feed_id: int, now: datetime = NOW) -> None:
    """Poll a feed, ask its hub, and have the hub confirm it."""
    poll(database, feed_id, now=now)
    ask(database, FakeHub(), now)
    assert answer(database, feed_id, now) == "c"
