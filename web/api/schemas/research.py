"""Series of matches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from aggregator.types.research import Grouping, PeriodUnit
from web.api.schemas.build import (
    SHARE,
    Schema,
    integer,
    list_of,
    moment,
    object_of,
    or_null,
    string,
)

SCHEMAS: Mapping[str, Schema] = {
    "Research": object_of(
        "Matches of queries over time.",
        asked_at=moment("When it was asked; entries that arrived later do not count."),
        last_entry_id=integer("The last entry that had arrived by then."),
        first_day=string("In the time zone of the site.", format="date"),
        last_day=string(format="date"),
        per=string(enum=list(get_args(PeriodUnit))),
        starts=list_of(moment(), "When each period begins. Weeks begin on Monday."),
        published=list_of(integer(), "All entries within the filters, in each period."),
        series=list_of(
            object_of(
                "",
                query=string(),
                total=integer(),
                counts=list_of(integer()),
                shares=list_of(SHARE),
                unknown=list_of(string(), "Sources and owners that the query names in vain."),
            ),
            "One for each query; `shares` are those of `counts` in `published`.",
        ),
        by=or_null(string(enum=[*get_args(Grouping), None])),
        groups=list_of(
            object_of(
                "",
                group=string("A slug, a code, or a section."),
                published=integer(),
                counts=list_of(integer(), "Matches of each query."),
                shares=list_of(SHARE),
            ),
            "Over all days together, the most matches first; empty without `by`.",
        ),
    ),
}
