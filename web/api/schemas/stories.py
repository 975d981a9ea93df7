"""Stories, and who told them first."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.process.stories.insights import BLIND_SPOTS
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

_STORY = object_of(
    "Entries of one event.",
    id=row_id("That of its first entry."),
    title=string("That of its fullest original text; with `lang`, of the fullest in it."),
    entry_count=integer(minimum=1),
    source_count=integer(minimum=1),
    first_published_at=moment(),
    last_published_at=moment(),
    entries=list_of(ref("Entry"), "In lists the last 20 to arrive; the earliest first."),
)

_COUNTS = object_of(
    "Stories by kind.",
    shared=integer("Covered by two sources or more."),
    arabic=integer("Only in Arabic."),
    french=integer("Only in French."),
    state=integer("Only by state media."),
    abroad=integer("Only by sources of other countries."),
)

_COUNTED_PERIOD = object_of(
    "The stories of a period.",
    first_day=string("In the time zone of the site.", format="date"),
    last_day=string(format="date"),
    counts=ref("StoryCounts"),
)

SCHEMAS: Mapping[str, Schema] = {
    "Story": _STORY,
    "StoryPage": object_of("Stories.", stories=list_of(ref("Story")), next_cursor=CURSOR),
    "StoryDetail": extended(
        "Story",
        _STORY,
        "A story with its entries, at most 2,000.",
        chapters=list_of(
            object_of(
                "A turn of events.",
                title=string(),
                entry_count=integer(minimum=1),
                source_count=integer(minimum=1),
                first_published_at=moment(),
                last_published_at=moment(),
                entry_ids=list_of(row_id()),
            ),
            "Its turns of events, if it has more than twelve articles, not counting reprints. "
            "`title` is that of a chapter's fullest text in the language of most.",
        ),
    ),
    "StoryCounts": _COUNTS,
    "CountedPeriod": _COUNTED_PERIOD,
    "Insights": extended(
        "CountedPeriod",
        _COUNTED_PERIOD,
        "Blind spots and first tellings of a period.",
        series=list_of(ref("CountedPeriod"), "This period and those before, the earliest first."),
        sources=list_of(
            object_of(
                "What a source was in these stories.",
                source=string("Its slug."),
                told=integer("Stories that it told."),
                first=integer("Those that it told first, by a minute at least."),
                median_lead_minutes=or_null(integer("Until a second source had them.")),
                reprint=integer("Those of which it had nothing but reprints of others."),
            ),
            "Most first tellings first.",
        ),
        widest=list_of(ref("InsightStory"), "The ten that most sources told."),
        pending=flag("Whether days of the series are still to be summed up."),
    ),
    "InsightStory": object_of(
        "Who told a story.",
        story_id=row_id(),
        day=string("That of its earliest entry.", format="date"),
        title=string(),
        source_count=integer(minimum=2),
        first_source=or_null(string("Null if two sources had it within the same minute.")),
        second_source=or_null(string("The source that followed.")),
        lead_minutes=integer("From the first source to the second."),
        blind_spots=list_of(string(enum=list(BLIND_SPOTS))),
    ),
    "InsightStoryPage": object_of(
        "Stories that a figure counts.",
        stories=list_of(ref("InsightStory")),
        total=integer("On all pages."),
        next_cursor=CURSOR,
    ),
}
