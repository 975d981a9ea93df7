"""Sources, their feeds and owners."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.process.feeds.health import STATES
from aggregator.types import OWNER_KINDS
from web.api.schemas.build import (
    Schema,
    integer,
    list_of,
    moment,
    object_of,
    or_null,
    ref,
    row_id,
    string,
)

SCHEMAS: Mapping[str, Schema] = {
    "Source": object_of(
        "A source.",
        slug=string(),
        name=string("In its own language."),
        owner=or_null(string("The slug of its owner, if that is recorded.")),
    ),
    "Owner": object_of(
        "Who owns sources, as the site's operator recorded it.",
        slug=string(),
        name=ref("Wording"),
        kind=string(enum=list(OWNER_KINDS)),
        parents=list_of(string(), "The slugs of its own owners."),
        source_url=string("The page that says so."),
        sources=list_of(string(), "The slugs of its sources, and of those of what belongs to it."),
    ),
    "OwnerList": object_of(
        "All owners, by kind.", owners=list_of(ref("Owner")), next_cursor={"type": "null"}
    ),
    "Feed": object_of(
        "A feed and the state of its polling.",
        id=row_id(),
        url=string(),
        source=ref("Source"),
        status=string(enum=list(STATES)),
        entry_count=integer(),
        last_polled_at=or_null(moment()),
        last_success_at=or_null(moment()),
        next_poll_at=or_null(moment()),
        interval_s=integer("Seconds between polls."),
        last_error=or_null(ref("FeedError")),
    ),
    "FeedError": object_of(
        "What is wrong; null after a good poll. A damaged feed is read nevertheless.",
        optional=("detail",),
        kind=string(
            "For a damaged feed `damaged`, `damaged_encoding`, `too_many_entries` or "
            "`unreadable_dates`."
        ),
        detail=string(
            "With an operator's token: quotes dates that were not understood, or names an address "
            "or port, which may be in your own network."
        ),
    ),
    "FeedList": object_of("All feeds.", feeds=list_of(ref("Feed"))),
}
