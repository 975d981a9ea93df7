"""Entries, subscriptions and counts as the API writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from aggregator.services.sync.contents import Item
from aggregator.services.sync.counts import StreamCount
from aggregator.services.sync.followed import Subscription
from aggregator.services.sync.names import ALL, READ, STARRED, StreamName
from aggregator.types import EntrySummary
from web.greader.context import folder_name, folder_of
from web.greader.ids import item_id, microseconds, stream_id
from web.presentation.names import title_of
from web.request.database import settings
from web.request.i18n import current_language

Json = dict[str, Any]


def present_item(item: Item) -> Json:
    """An entry in full."""
    entry = item.entry.summary
    arrived = microseconds(entry.fetched_at)
    url = item_url(entry)
    presented: Json = {
        "id": item_id(entry.id),
        "crawlTimeMsec": str(arrived // 1000),
        "timestampUsec": str(arrived),
        "published": int(entry.published_at.timestamp()),
        "updated": int((entry.updated_at or entry.published_at).timestamp()),
        "title": title_of(entry),
        "author": entry.author,
        "canonical": [{"href": url}],
        "alternate": [{"href": url, "type": "text/html"}],
        "summary": {"direction": entry.direction, "content": item.entry.content or entry.summary},
        "categories": item_categories(item),
        "origin": {
            "streamId": stream_id(item.origin.name),
            "title": item.origin.title,
            "htmlUrl": site_url(item.origin),
        },
    }
    enclosures = item.entry.enclosures
    if enclosures:
        presented["enclosure"] = [
            {"href": each.url, "type": each.type or "", "length": str(each.length or 0)}
            for each in enclosures
        ]
    return presented


def item_categories(item: Item) -> list[str]:
    """The states, tags and folder of an entry, as ids of streams."""
    entry = item.entry.summary
    names = [ALL]
    names += [READ] if entry.read else []
    names += [STARRED] if entry.starred else []
    labels = [*entry.tags, folder_of(item.origin)]
    names += [StreamName("label", label=label) for label in dict.fromkeys(labels) if label]
    return list(map(stream_id, names))


def item_url(entry: EntrySummary) -> str:
    """The publisher's page of an entry; ours if there is none."""
    if entry.url and entry.url.startswith(("http://", "https://")):
        return entry.url
    return f"{settings().base_url}/entries/{entry.id}"


def present_subscription(subscription: Subscription, position: int) -> Json:
    """A subscription in the list of all."""
    folder = folder_of(subscription)
    page = site_url(subscription)
    return {
        "id": stream_id(subscription.name),
        "title": subscription.title,
        "categories": [{"id": stream_id(StreamName("label", label=folder)), "label": folder}]
        if folder
        else [],
        "sortid": f"{position:08X}",
        "firstitemmsec": "0",
        "url": subscription.feed_url or page,
        "htmlUrl": page,
        "iconUrl": "",
    }


def site_url(subscription: Subscription) -> str:
    """The page of a subscription: its publisher's, or ours."""
    base, id_ = settings().base_url, subscription.name.id
    match subscription.name.kind:
        case "topic":
            return f"{base}/topics/{subscription.slug}"
        case "story":
            return f"{base}/stories/{id_}"
        case "search":
            return f"{base}/search?{urlencode({'q': subscription.query})}"
    return subscription.site or f"{base}/sources/{subscription.slug}"


def present_counts(counts: Sequence[StreamCount], cap: int) -> Json:
    """The unread entries of each stream that has any."""
    return {
        "max": cap,
        "unreadcounts": [
            {
                "id": _count_id(each),
                "count": each.unread,
                "newestItemTimestampUsec": str(
                    microseconds(each.newest_at) if each.newest_at else 0
                ),
            }
            for each in counts
            if each.unread
        ],
    }


def _count_id(count: StreamCount) -> str:
    if count.place is None:
        return stream_id(count.name)
    label = folder_name(*count.place, current_language())
    return stream_id(StreamName("label", label=label))
