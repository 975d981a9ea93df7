"""Agencies, their dispatches, and who printed these."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.process.stories.dispatches import PrintForm
from web.api.schemas.build import (
    SHARE,
    Schema,
    extended,
    flag,
    integer,
    list_of,
    object_of,
    or_null,
    ref,
    row_id,
    string,
)

_AGENCY = object_of(
    "What became of an agency's dispatches over some days.",
    slug=string(),
    name=string("As its dispatches are signed."),
    dispatches=integer(),
    taken_up=integer("Dispatches that at least one source printed."),
    uptake=SHARE | {"description": "`taken_up` of `dispatches`; null without any."},
    median_delay_minutes=or_null(
        integer("From dispatch to print, of prints of the agency's own entries.")
    ),
    prints=integer("By all sources."),
    uncredited=integer("Prints that name no agency."),
)

SCHEMAS: Mapping[str, Schema] = {
    "Dispatch": object_of(
        "An agency's dispatch and who printed it.",
        id=row_id(),
        agency=string("A slug, as in `/agencies/SLUG`."),
        own=flag("Whether `entry` is the agency's own, not the first print of one that we lack."),
        entry=ref("Entry"),
        prints=list_of(
            object_of(
                "",
                entry=ref("Entry"),
                credited=flag("Whether it names an agency."),
                delay_minutes=or_null(integer("After the dispatch; null if `own` is false.")),
                form=or_null(
                    string(
                        "Null if the texts are too short to compare.",
                        enum=[*(form.value for form in PrintForm), None],
                    )
                ),
                share=SHARE | {"description": "That of the dispatch's text in the print."},
                retitled=flag("Whether its headline is another."),
            ),
            "The earliest first; of each source the first.",
        ),
    ),
    "AgencyList": object_of(
        "Agencies, the busiest first.",
        days=integer("Today among them."),
        agencies=list_of(ref("AgencyFigures")),
        next_cursor={"type": "null"},
    ),
    "AgencyFigures": _AGENCY,
    "Agency": extended(
        "AgencyFigures",
        _AGENCY,
        "An agency over some days.",
        days=integer("Today among them."),
        sources=list_of(
            object_of("", source=ref("Source"), prints=integer(), uncredited=integer()),
            "Most prints without credit first.",
        ),
        latest=list_of(
            object_of("", entry=ref("Entry"), prints=integer(), uncredited=integer()),
            "Its last dispatches, the newest first.",
        ),
    ),
}
