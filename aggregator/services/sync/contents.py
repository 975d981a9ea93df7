"""Entries in full, as apps store them: with their state and the subscription they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from aggregator.services.reading.subscription_opml import own_name
from aggregator.services.sync.followed import (
    Followed,
    Subscription,
    list_subscriptions,
    source_subscription,
)
from aggregator.services.sync.names import StreamName, SyncContext
from aggregator.services.sync.streams import open_stream
from aggregator.storage.feeds.overview import source_sites
from aggregator.storage.listing.arrivals import members_among
from aggregator.storage.listing.summaries import find_details
from aggregator.types import EntryDetail, SourceRef


@dataclass(frozen=True, slots=True)
class Item:
    """An entry, its state, and where an app shows it."""

    entry: EntryDetail
    origin: Subscription


def find_items(
    session: Session,
    context: SyncContext,
    followed: Followed,
    ids: Sequence[int],
    name: StreamName | None = None,
) -> tuple[Item, ...]:
    """Entries in the order of `ids`, without those that no longer exist.

    Asked for by a subscription, they belong to it. Else each belongs to its source if the reader
    follows that, or to the first topic, story or search that has it.
    """
    details = find_details(session, ids, reader=context.reader.id)
    sources = {entry.summary.source.id: entry.summary.source for entry in details}
    origins = _source_origins(session, followed, sources)
    others = _other_origins(session, context, followed, details, name)
    return tuple(
        Item(entry, others.get(entry.summary.id) or origins[entry.summary.source.id])
        for entry in details
    )


def stream_title(followed: Followed, name: StreamName, items: Sequence[Item]) -> str:
    """The title of a subscription or label; "" for a list that every reader has."""
    if name.kind == "source" and name.id in followed.sources:
        return own_name(followed.sources[name.id])
    return items[0].origin.title if items and name.id else name.label


def _source_origins(
    session: Session, followed: Followed, sources: dict[int, SourceRef]
) -> dict[int, Subscription]:
    sites = source_sites(session, sources) if sources else {}
    return {
        id_: source_subscription(source, "", sites.get(id_, ""), followed.folders.get(id_, ""))
        for id_, source in sources.items()
    }


def _other_origins(
    session: Session,
    context: SyncContext,
    followed: Followed,
    details: Sequence[EntryDetail],
    name: StreamName | None,
) -> dict[int, Subscription]:
    """The topic, story or search of the entries that do not belong to their source."""
    asked = name is not None and name.kind in ("topic", "story", "search")
    left = {
        entry.summary.id
        for entry in details
        if asked or entry.summary.source.id not in followed.sources
    }
    if not left or not (followed.topics or followed.stories or followed.searches):
        return {}
    found: dict[int, Subscription] = {}
    for subscription in list_subscriptions(session, context, followed):
        if subscription.name.kind == "source" or (asked and subscription.name != name):
            continue
        if asked:
            return dict.fromkeys(left, subscription)
        stream = open_stream(session, context, followed, subscription.name)
        members = members_among(session, context.reader.id, stream.parts, left)
        found |= dict.fromkeys(members, subscription)
        left -= members
    return found
