"""The answers of the API as JSON Schemas, under the names that the OpenAPI document gives them.

`web.api.presenters` builds what they describe; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from aggregator.process.feeds.health import STATES
from aggregator.process.stories.dispatches import PrintForm
from aggregator.process.stories.insights import BLIND_SPOTS
from aggregator.types import CHANGE_SIZES, OWNER_KINDS, Direction
from aggregator.types.limits import MAX_ID
from aggregator.types.research import Grouping, PeriodUnit

Schema = dict[str, Any]


def _object(text: str, /, *, optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "description": text,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _extended(name: str, base: Schema, text: str, /, **properties: Schema) -> Schema:
    """An object with the properties of another and more; `name`: that of the other."""
    return base | {
        "x-extends": name,
        "description": text,
        "properties": base["properties"] | properties,
        "required": [*base["required"], *properties],
    }


def _string(text: str = "", **more: object) -> Schema:
    return {"type": "string", **({"description": text} if text else {}), **more}


def _integer(text: str = "", minimum: int = 0) -> Schema:
    return {"type": "integer", "minimum": minimum, **({"description": text} if text else {})}


def _flag(text: str) -> Schema:
    return {"type": "boolean", "description": text}


def _id(text: str = "") -> Schema:
    return _integer(text, 1) | {"maximum": MAX_ID}


def _time(text: str = "") -> Schema:
    return _string(text, format="date-time")


def _list(items: Schema, text: str = "") -> Schema:
    return {"type": "array", "items": items, **({"description": text} if text else {})}


def _or_null(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [schema["type"], "null"]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_CURSOR = _or_null(_string("The `cursor` of the next page; null on the last one."))

_SHARE = {"type": ["number", "null"], "minimum": 0, "maximum": 1}

_AGENCY = _object(
    "What became of an agency's dispatches over some days.",
    slug=_string(),
    name=_string("As its dispatches are signed."),
    dispatches=_integer(),
    taken_up=_integer("Dispatches that at least one source printed."),
    uptake=_SHARE | {"description": "`taken_up` of `dispatches`; null without any."},
    median_delay_minutes=_or_null(
        _integer("From dispatch to print, of prints of the agency's own entries.")
    ),
    prints=_integer("By all sources."),
    uncredited=_integer("Prints that name no agency."),
)

_ENTRY = _object(
    "An entry of a feed. `title`, `author` and `summary` are plain text.",
    optional=("read", "starred"),
    id=_id(),
    guid=_string("As the publisher gave it."),
    url=_or_null(_string("The article at its publisher.")),
    title=_string(
        "Empty for posts without one, of which pages and feeds show the beginning of `summary`."
    ),
    author=_string(),
    summary=_string(),
    published_at=_time(),
    updated_at=_or_null(_time()),
    fetched_at=_time("When it arrived here."),
    language=_string("Such as `ar`; `und` if unknown."),
    direction=_string(enum=list(get_args(Direction))),
    source=_ref("Source"),
    feed_id=_id(),
    story_id=_id("Every entry has one: an entry that nobody else reported is a story of one."),
    duplicate_of=_or_null(_id("The first copy of this article.")),
    reprint_of=_or_null(
        _id(
            "The entry whose text this one has, in whole or in part, under any headline, with a "
            "sentence added or cut; null for a text of its own, `duplicate_of` for a duplicate."
        )
    ),
    containment=_or_null(
        {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The share of the shorter text that is in the longer one.",
        }
    ),
    change=_or_null(
        _string("The largest change of its text since it arrived.", enum=[*CHANGE_SIZES, None])
    ),
    left_feed_at=_or_null(
        _time(
            "When it had been missing from its feed for three polls, while newer and older entries "
            "stayed; null while it is there. Feeds do not say why."
        )
    ),
    tags=_list(_string(), "Yours, with a token."),
    read=_flag("With a token only. Requesting an entry does not mark it read."),
    starred=_flag("With a token only."),
)

_TEXT = _object(
    "What a version of an entry says.",
    title=_string(),
    summary=_string(),
    content=_string("Sanitized HTML."),
)
_CHANGE = _object(
    "A change of a text.",
    size=_string("From the least to what counts most.", enum=list(CHANGE_SIZES)),
    announced=_flag('Whether the text says that it was changed: "Update", "تصحيح".'),
    title_changed=_flag("Whether the headline was changed."),
)

_STORY = _object(
    "Entries of one event.",
    id=_id("That of its first entry."),
    title=_string("That of its fullest original text; with `lang`, of the fullest in it."),
    entry_count=_integer(minimum=1),
    source_count=_integer(minimum=1),
    first_published_at=_time(),
    last_published_at=_time(),
    entries=_list(_ref("Entry"), "In lists the last 20 to arrive; the earliest first."),
)

_TOPIC = _object(
    "A published topic.",
    optional=("followed", "new_count"),
    slug=_string(),
    name=_ref("Wording"),
    about=_ref("Wording"),
    rule=_string("Its rule in the query language."),
    url=_string("Its page."),
    feeds=_object(
        "Its feeds.",
        atom=_string(),
        rss=_string(),
        json=_string(),
        opml=_string(),
        csv=_string(),
    ),
    entry_count=_integer("Stops at 1,000."),
    newest_at=_or_null(_time()),
    published_at=_or_null(_time()),
    updated_at=_time(),
    followed=_flag("With a token only."),
    new_count=_integer("With a token only: what arrived since your last visit."),
)

_COUNTS = _object(
    "Stories by kind.",
    shared=_integer("Told by two sources or more."),
    arabic=_integer("Only in Arabic."),
    french=_integer("Only in French."),
    state=_integer("Only by state media."),
    abroad=_integer("Only by sources of other countries."),
)
_COUNTED_PERIOD = _object(
    "The stories of a period.",
    first_day=_string("In the time zone of the site.", format="date"),
    last_day=_string(format="date"),
    counts=_ref("StoryCounts"),
)


def _targets(text: str) -> Schema:
    return _object(text, sources=_list(_string()), topics=_list(_string()), stories=_list(_id()))


_FOLLOWED = _targets("What is followed: sources and topics by slug, stories by id.")

SCHEMAS: Mapping[str, Schema] = {
    "Error": _object(
        "What went wrong.",
        error=_object(
            "What went wrong.",
            code=_string("For programs, such as `bad_request`."),
            message=_string("For people, in English; names the parameter or field."),
        ),
    ),
    "Entry": _ENTRY,
    "Change": _CHANGE,
    "Text": _TEXT,
    "Version": _extended(
        "Text",
        _TEXT,
        "A version of an entry.",
        version=_integer("From 1.", 1),
        seen_at=_time("When a poll first saw it."),
        change=_or_null(_ref("Change")),
    ),
    "Revisions": _object(
        "The versions of an entry, the first one first; the last one is the present text.",
        entry_id=_id(),
        left_feed_at=_or_null(_time("As of the entry.")),
        versions=_list(_ref("Version")),
    ),
    "SeenChange": _extended(
        "Change",
        _CHANGE,
        "A change of an entry.",
        entry=_ref("Entry"),
        version=_integer("The version that it made.", 2),
        seen_at=_time("When a poll saw it."),
        before=_ref("Text"),
        after=_ref("Text"),
    ),
    "ChangePage": _object(
        "Changes of a day.",
        day=_string("In the time zone of the site.", format="date"),
        changes=_list(_ref("SeenChange")),
        next_cursor=_CURSOR,
    ),
    "StoryCounts": _COUNTS,
    "CountedPeriod": _COUNTED_PERIOD,
    "Insights": _extended(
        "CountedPeriod",
        _COUNTED_PERIOD,
        "Blind spots and first tellings of a period.",
        series=_list(_ref("CountedPeriod"), "This period and those before, the earliest first."),
        sources=_list(
            _object(
                "What a source was in these stories.",
                source=_string("Its slug."),
                told=_integer("Stories that it told."),
                first=_integer("Those that it told first, by a minute at least."),
                median_lead_minutes=_or_null(_integer("Until a second source had them.")),
                reprint=_integer("Those of which it had nothing but reprints of others."),
            ),
            "Most first tellings first.",
        ),
        widest=_list(_ref("InsightStory"), "The ten that most sources told."),
        pending=_flag("Whether days of the series are still to be summed up."),
    ),
    "InsightStory": _object(
        "Who told a story.",
        story_id=_id(),
        day=_string("That of its earliest entry.", format="date"),
        title=_string(),
        source_count=_integer(minimum=2),
        first_source=_or_null(_string("Null if two sources had it within the same minute.")),
        second_source=_or_null(_string("The source that followed.")),
        lead_minutes=_integer("From the first source to the second."),
        blind_spots=_list(_string(enum=list(BLIND_SPOTS))),
    ),
    "InsightStoryPage": _object(
        "Stories that a figure counts.",
        stories=_list(_ref("InsightStory")),
        total=_integer("On all pages."),
        next_cursor=_CURSOR,
    ),
    "EntryPage": _object("Entries.", entries=_list(_ref("Entry")), next_cursor=_CURSOR),
    "Research": _object(
        "Matches of queries over time.",
        asked_at=_time("When it was asked; entries that arrived later do not count."),
        last_entry_id=_integer("The last entry that had arrived by then."),
        first_day=_string("In the time zone of the site.", format="date"),
        last_day=_string(format="date"),
        per=_string(enum=list(get_args(PeriodUnit))),
        starts=_list(_time(), "When each period begins. Weeks begin on Monday."),
        published=_list(_integer(), "All entries within the filters, in each period."),
        series=_list(
            _object(
                "",
                query=_string(),
                total=_integer(),
                counts=_list(_integer()),
                shares=_list(_SHARE),
                unknown=_list(_string(), "Sources and owners that the query names in vain."),
            ),
            "One for each query; `shares` are those of `counts` in `published`.",
        ),
        by=_or_null(_string(enum=[*get_args(Grouping), None])),
        groups=_list(
            _object(
                "",
                group=_string("A slug, a code, or a section."),
                published=_integer(),
                counts=_list(_integer(), "Matches of each query."),
                shares=_list(_SHARE),
            ),
            "Over all days together, the most matches first; empty without `by`.",
        ),
    ),
    "Dispatch": _object(
        "An agency's dispatch and who printed it.",
        id=_id(),
        agency=_string("A slug, as in `/agencies/SLUG`."),
        own=_flag("Whether `entry` is the agency's own, not the first print of one that we lack."),
        entry=_ref("Entry"),
        prints=_list(
            _object(
                "",
                entry=_ref("Entry"),
                credited=_flag("Whether it names an agency."),
                delay_minutes=_or_null(_integer("After the dispatch; null if `own` is false.")),
                form=_or_null(
                    _string(
                        "Null if the texts are too short to compare.",
                        enum=[*(form.value for form in PrintForm), None],
                    )
                ),
                share=_SHARE | {"description": "That of the dispatch's text in the print."},
                retitled=_flag("Whether its headline is another."),
            ),
            "The earliest first; of each source the first.",
        ),
    ),
    "AgencyList": _object(
        "Agencies, the busiest first.",
        days=_integer("Today among them."),
        agencies=_list(_ref("AgencyFigures")),
        next_cursor={"type": "null"},
    ),
    "AgencyFigures": _AGENCY,
    "Agency": _extended(
        "AgencyFigures",
        _AGENCY,
        "An agency over some days.",
        days=_integer("Today among them."),
        sources=_list(
            _object("", source=_ref("Source"), prints=_integer(), uncredited=_integer()),
            "Most prints without credit first.",
        ),
        latest=_list(
            _object("", entry=_ref("Entry"), prints=_integer(), uncredited=_integer()),
            "Its last dispatches, the newest first.",
        ),
    ),
    "EntryDetail": _extended(
        "Entry",
        _ENTRY,
        "An entry in full.",
        content=_string("Sanitized HTML."),
        enclosures=_list(
            _object("", url=_string(), type=_string(), length=_integer()),
            "Files that come with it; `length` in bytes, 0 if unknown.",
        ),
        categories=_list(_string()),
    ),
    "EntriesChanged": _object(
        "What became of the entries.",
        changed=_list(
            _id(),
            "Those whose state changed. Marking a copy marks its duplicates: they are listed, too.",
        ),
        unknown=_list(_integer(minimum=1), "Ids that are no entry, or no longer."),
    ),
    "AllRead": _object(
        "What became of the list.",
        count=_integer("Entries that were marked; of all entries or a source it stops at 1,000."),
        more=_flag("Whether entries are left: of a topic the newest 5,000 are marked at once."),
    ),
    "Followed": _FOLLOWED,
    "FollowChanged": _extended(
        "Followed",
        _FOLLOWED,
        "What is followed now, or not any more. A merged story has its new id.",
        unknown=_targets("What does not exist."),
    ),
    "Source": _object(
        "A source.",
        slug=_string(),
        name=_string("In its own language."),
        owner=_or_null(_string("The slug of its owner, if that is recorded.")),
    ),
    "Owner": _object(
        "Who owns sources, as the site's operator recorded it.",
        slug=_string(),
        name=_ref("Wording"),
        kind=_string(enum=list(OWNER_KINDS)),
        parents=_list(_string(), "The slugs of its own owners."),
        source_url=_string("The page that says so."),
        sources=_list(_string(), "The slugs of its sources, and of those of what belongs to it."),
    ),
    "OwnerList": _object(
        "All owners, by kind.", owners=_list(_ref("Owner")), next_cursor={"type": "null"}
    ),
    "Wording": _object(
        "A text in three languages, empty where it was not written.",
        ar=_string(),
        fr=_string(),
        en=_string(),
    ),
    "Match": _extended(
        "Entry",
        _ENTRY,
        "An entry that a search found.",
        highlights=_object(
            "HTML: escaped text with `<mark>` around matches: the whole title, and the passage "
            "with the most of them.",
            title=_string(),
            text=_string(),
        ),
    ),
    "SearchPage": _object(
        "Matches.",
        entries=_list(_ref("Match"), "Those with all the words."),
        next_cursor=_CURSOR,
        partial=_list(
            _ref("Match"), "On the last page, the best entries with only some of the words."
        ),
        suggestion=_or_null(
            _string("A corrected query if a word of `q` occurs nowhere, otherwise null.")
        ),
    ),
    "Story": _STORY,
    "StoryPage": _object("Stories.", stories=_list(_ref("Story")), next_cursor=_CURSOR),
    "StoryDetail": _extended(
        "Story",
        _STORY,
        "A story with its entries, at most 2,000.",
        chapters=_list(
            _object(
                "A turn of events.",
                title=_string(),
                entry_count=_integer(minimum=1),
                source_count=_integer(minimum=1),
                first_published_at=_time(),
                last_published_at=_time(),
                entry_ids=_list(_id()),
            ),
            "Its turns of events, if it has more than twelve articles, not counting reprints. "
            "`title` is that of a chapter's fullest text in the language of most.",
        ),
    ),
    "Topic": _TOPIC,
    "TopicList": _object("All topics.", topics=_list(_ref("Topic")), next_cursor={"type": "null"}),
    "TopicEntry": _extended(
        "Entry",
        _ENTRY,
        "An entry of a topic.",
        why={
            "description": "The parts of the rule that it matches, and the editor who pinned it.",
            "anyOf": [
                _object("", words=_list(_string()), pinned_by=_or_null(_string())),
                {"type": "null"},
            ],
        },
    ),
    "TopicPage": _object(
        "Entries of a topic.", entries=_list(_ref("TopicEntry")), next_cursor=_CURSOR
    ),
    "Feed": _object(
        "A feed and the state of its polling.",
        id=_id(),
        url=_string(),
        source=_ref("Source"),
        status=_string(enum=list(STATES)),
        entry_count=_integer(),
        last_polled_at=_or_null(_time()),
        last_success_at=_or_null(_time()),
        next_poll_at=_or_null(_time()),
        interval_s=_integer("Seconds between polls."),
        last_error=_or_null(_ref("FeedError")),
    ),
    "FeedError": _object(
        "What is wrong; null after a good poll. A damaged feed is read nevertheless.",
        optional=("detail",),
        kind=_string(
            "For a damaged feed `damaged`, `damaged_encoding`, `too_many_entries` or "
            "`unreadable_dates`."
        ),
        detail=_string(
            "With an operator's token: quotes dates that were not understood, or names an address "
            "or port, which may be in your own network."
        ),
    ),
    "FeedList": _object("All feeds.", feeds=_list(_ref("Feed"))),
    "OpenApi": {"type": "object", "description": "An OpenAPI 3.1 document."},
}
