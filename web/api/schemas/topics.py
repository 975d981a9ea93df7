"""Topics and what is in them."""

from __future__ import annotations

from collections.abc import Mapping

from web.api.schemas.build import (
    CURSOR,
    Schema,
    extended,
    flag,
    integer,
    list_of,
    moment,
    object_of,
    or_null,
    ref,
    string,
)
from web.api.schemas.entries import ENTRY

_TOPIC = object_of(
    "A published topic.",
    optional=("followed", "new_count"),
    slug=string(),
    name=ref("Wording"),
    about=ref("Wording"),
    rule=string("Its rule in the query language."),
    url=string("Its page."),
    feeds=object_of(
        "Its feeds.",
        atom=string(),
        rss=string(),
        json=string(),
        opml=string(),
        csv=string(),
    ),
    entry_count=integer("Stops at 1,000."),
    newest_at=or_null(moment()),
    published_at=or_null(moment()),
    updated_at=moment(),
    followed=flag("With a token only."),
    new_count=integer("With a token only: what arrived since your last visit."),
)

SCHEMAS: Mapping[str, Schema] = {
    "Topic": _TOPIC,
    "TopicList": object_of(
        "All topics.", topics=list_of(ref("Topic")), next_cursor={"type": "null"}
    ),
    "TopicEntry": extended(
        "Entry",
        ENTRY,
        "An entry of a topic.",
        why={
            "description": "The parts of the rule that it matches, and the editor who pinned it.",
            "anyOf": [
                object_of("", words=list_of(string()), pinned_by=or_null(string())),
                {"type": "null"},
            ],
        },
    ),
    "TopicPage": object_of(
        "Entries of a topic.", entries=list_of(ref("TopicEntry")), next_cursor=CURSOR
    ),
}
