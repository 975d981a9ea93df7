"""Entries, their former versions, and what searches find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from aggregator.types import CHANGE_SIZES, Direction
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
    row_id,
    string,
)

ENTRY = object_of(
    "An entry of a feed. `title`, `author` and `summary` are plain text.",
    optional=("read", "starred"),
    id=row_id(),
    guid=string("As the publisher gave it."),
    url=or_null(string("The article at its publisher.")),
    title=string(
        "Empty for posts without one, of which pages and feeds show the beginning of `summary`."
    ),
    author=string(),
    summary=string(),
    published_at=moment(),
    updated_at=or_null(moment()),
    fetched_at=moment("When it arrived here."),
    language=string("Such as `ar`; `und` if unknown."),
    direction=string(enum=list(get_args(Direction))),
    source=ref("Source"),
    feed_id=row_id(),
    story_id=row_id("Every entry has one: an entry that nobody else reported is a story of one."),
    duplicate_of=or_null(row_id("The first copy of this article.")),
    reprint_of=or_null(
        row_id(
            "The entry whose text this one has, in whole or in part, under any headline, with a "
            "sentence added or cut; null for a text of its own, `duplicate_of` for a duplicate."
        )
    ),
    containment=or_null(
        {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The share of the shorter text that is in the longer one.",
        }
    ),
    change=or_null(
        string("The largest change of its text since it arrived.", enum=[*CHANGE_SIZES, None])
    ),
    left_feed_at=or_null(
        moment(
            "When it had been missing from its feed for three polls, while newer and older entries "
            "stayed; null while it is there. Feeds do not say why."
        )
    ),
    tags=list_of(string(), "Yours, with a token."),
    read=flag("With a token only. Requesting an entry does not mark it read."),
    starred=flag("With a token only."),
)

_TEXT = object_of(
    "What a version of an entry says.",
    title=string(),
    summary=string(),
    content=string("Sanitized HTML."),
)

_CHANGE = object_of(
    "A change of a text.",
    size=string("From the least to what counts most.", enum=list(CHANGE_SIZES)),
    announced=flag('Whether the text says that it was changed: "Update", "تصحيح".'),
    title_changed=flag("Whether the headline was changed."),
)

SCHEMAS: Mapping[str, Schema] = {
    "Entry": ENTRY,
    "EntryPage": object_of("Entries.", entries=list_of(ref("Entry")), next_cursor=CURSOR),
    "EntryDetail": extended(
        "Entry",
        ENTRY,
        "An entry in full.",
        content=string("Sanitized HTML."),
        enclosures=list_of(
            object_of("", url=string(), type=string(), length=integer()),
            "Files that come with it; `length` in bytes, 0 if unknown.",
        ),
        categories=list_of(string()),
    ),
    "EntriesChanged": object_of(
        "What became of the entries.",
        changed=list_of(
            row_id(),
            "Those whose state changed. Marking a copy marks its duplicates: they are listed, too.",
        ),
        unknown=list_of(integer(minimum=1), "Ids that are no entry, or no longer."),
    ),
    "AllRead": object_of(
        "What became of the list.",
        count=integer("Entries that were marked; of all entries or a source it stops at 1,000."),
        more=flag("Whether entries are left: of a topic the newest 5,000 are marked at once."),
    ),
    "Change": _CHANGE,
    "Text": _TEXT,
    "Version": extended(
        "Text",
        _TEXT,
        "A version of an entry.",
        version=integer("From 1.", 1),
        seen_at=moment("When a poll first saw it."),
        change=or_null(ref("Change")),
    ),
    "Revisions": object_of(
        "The versions of an entry, the first one first; the last one is the present text.",
        entry_id=row_id(),
        left_feed_at=or_null(moment("As of the entry.")),
        versions=list_of(ref("Version")),
    ),
    "SeenChange": extended(
        "Change",
        _CHANGE,
        "A change of an entry.",
        entry=ref("Entry"),
        version=integer("The version that it made.", 2),
        seen_at=moment("When a poll saw it."),
        before=ref("Text"),
        after=ref("Text"),
    ),
    "ChangePage": object_of(
        "Changes of a day.",
        day=string("In the time zone of the site.", format="date"),
        changes=list_of(ref("SeenChange")),
        next_cursor=CURSOR,
    ),
    "Match": extended(
        "Entry",
        ENTRY,
        "An entry that a search found.",
        highlights=object_of(
            "HTML: escaped text with `<mark>` around matches: the whole title, and the passage "
            "with the most of them.",
            title=string(),
            text=string(),
        ),
    ),
    "SearchPage": object_of(
        "Matches.",
        entries=list_of(ref("Match"), "Those with all the words."),
        next_cursor=CURSOR,
        partial=list_of(
            ref("Match"), "On the last page, the best entries with only some of the words."
        ),
        suggestion=or_null(
            string("A corrected query if a word of `q` occurs nowhere, otherwise null.")
        ),
    ),
}
