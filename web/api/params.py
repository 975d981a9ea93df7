"""The query parameters of the API: anything unknown or wrong is an error, never ignored.

Each is declared beside its reader, in the order of the documentation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from werkzeug.datastructures import MultiDict

from aggregator.process.periods import STEPS
from aggregator.process.stories.insights import ROLES, STORY_KINDS
from aggregator.query import EVERYTHING, Tree, Word, parse
from aggregator.services.reading.dispatches import PERIODS
from aggregator.services.reading.tagging import clean_tag
from aggregator.types import CHANGE_SIZES, EntryFilter, SearchOrder, SearchPage
from aggregator.types.limits import MAX_CATEGORY, MAX_ID, MAX_QUERY, MAX_SLUG
from web.api.bodies import SLUG_PATTERN
from web.api.operations import Parameter
from web.request import params
from web.request.research import GROUPINGS, UNITS

MAX_LIMIT = 200
DEFAULT_LIMIT = 50

_ON = {"type": "string", "enum": ["0", "1"]}
_SLUG = {"type": "string", "pattern": f"^({SLUG_PATTERN})?$", "maxLength": MAX_SLUG}
_LANGUAGE = {"type": "string", "pattern": "^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$"}

SOURCE = Parameter("source", "A source's slug.", _SLUG | {"format": "source"})
OWNER = Parameter(
    "owner",
    "An owner's slug: its sources, and those of what belongs to it.",
    _SLUG | {"format": "owner"},
)
FEED = Parameter("feed", "A feed's id.", {"type": "integer", "minimum": 1, "maximum": MAX_ID})
TOPIC = Parameter(
    "topic",
    "A published topic's slug; cannot be combined with `tag`, `starred` or `q`.",
    _SLUG | {"format": "topic"},
)
TAG = Parameter("tag", "One of your tags.", {"type": "string", "minLength": 1, "format": "tag"})
LANG = Parameter("lang", "The language of the text, such as `ar`.", _LANGUAGE)
COUNTRY = Parameter(
    "country",
    "The source's country, such as `MA`.",
    {"type": "string", "pattern": "^([A-Za-z]{2})?$"},
)
STARRED = Parameter("starred", "`1`: only what you have starred.", _ON)
UNREAD = Parameter("unread", "`1`: only what you have not read.", _ON)
QUERY = Parameter(
    "q",
    "Only entries with all these words, in the query language of the search page.",
    {"type": "string", "maxLength": MAX_QUERY, "format": "query"},
)
COLLAPSE = Parameter(
    "collapse", "`1`: fold copies of an article into the first, as the pages do.", _ON
)
LIMIT = Parameter(
    "limit",
    f"Entries, or stories, of a page; {DEFAULT_LIMIT} unless given.",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
)
CURSOR = Parameter(
    "cursor", "The `next_cursor` of the page before.", {"type": "string", "format": "cursor"}
)
ORDER = Parameter(
    "order",
    "`newest` (default), `relevance`, or `blend` (relevance and age, the default of the search "
    "page). By relevance or blend, the newest 2,000 entries with all the words are ranked.",
    {"type": "string", "enum": ["", *get_args(SearchOrder)]},
)

ENTRIES = (
    SOURCE, OWNER, FEED, TOPIC, TAG, STARRED, UNREAD, LANG, COUNTRY, QUERY, COLLAPSE, LIMIT,
    CURSOR,
)  # fmt: skip
_WANTED = replace(QUERY, required=True, schema={**QUERY.schema, "minLength": 1})
SEARCH = (_WANTED, *(each for each in ENTRIES if each is not QUERY), ORDER)
DAY = Parameter(
    "day",
    "A day in the time zone of the site, such as `2026-11-30`; today unless given.",
    {"type": "string", "format": "day"},
)
SIZE = Parameter(
    "size", "The minimum size of changes.", {"type": "string", "enum": ["", *CHANGE_SIZES]}
)
ANNOUNCED = Parameter(
    "announced",
    "`1`: also what publishers said that they changed.",
    {"type": "string", "enum": ["", "0", "1"]},
)
CHANGES = (
    DAY, SOURCE, replace(TOPIC, text="A published topic's slug."), SIZE, ANNOUNCED, LIMIT, CURSOR,
)  # fmt: skip
FIRST = Parameter(
    "from",
    "The first day, in the time zone of the site; 3, 30 or 364 days up to the last, by `per`.",
    {"type": "string", "format": "first-day"},
)
LAST = Parameter(
    "to",
    "The last day; that of asking unless given. At most 31 days by hour, 800 by day.",
    {"type": "string", "format": "last-day"},
)
PER = Parameter(
    "per", "The length of a period; a day unless given.", {"type": "string", "enum": ["", *UNITS]}
)
BY = Parameter(
    "by", "Also count all days together by this.", {"type": "string", "enum": ["", *GROUPINGS]}
)
SECTION = Parameter(
    "section",
    "The section of a feed, or a category of its publisher.",
    {"type": "string", "maxLength": MAX_CATEGORY, "format": "section"},
)
ASKED = Parameter(
    "asked",
    "When it was first asked, such as `2026-11-30T22:15:00Z`: later arrivals do not count.",
    {"type": "string", "format": "asked"},
)
UPTO = Parameter(
    "upto",
    "The id of the last entry to count; without it, the last that had arrived at `asked`.",
    {"type": "integer", "minimum": 0, "maximum": MAX_ID},
)
HOUR = Parameter(
    "hour",
    "Only the hour that starts at this time, such as `2026-11-30T22:00:00Z`.",
    {"type": "string", "format": "asked"},
)
_SOURCES = replace(SOURCE, text="Slugs of sources, at most 20, with commas between.")
_COMPARED = tuple(
    replace(QUERY, name=f"q{number}", text="Another query to compare.") for number in (2, 3, 4)
)
_WITHIN = (_SOURCES, COUNTRY, LANG, SECTION, FIRST, LAST, ASKED, UPTO)
RESEARCH = (_WANTED, *_COMPARED, *_WITHIN, PER, BY)
RESEARCH_ENTRIES = (QUERY, *_WITHIN, HOUR, LIMIT, CURSOR)
DAYS = Parameter(
    "days",
    "How many days to look back, today among them.",
    {"type": "string", "enum": [str(days) for days in PERIODS]},
)
AGENCIES = (DAYS,)
STEP = Parameter(
    "by", "The length of a period; `day` unless given.", {"type": "string", "enum": ["", *STEPS]}
)
KIND = Parameter(
    "kind",
    "Told only in Arabic, only in French, only by state media, only abroad; `shared` (default): "
    "all. Cannot be combined with `source`.",
    {"type": "string", "enum": ["", *STORY_KINDS]},
)
ROLE = Parameter(
    "role",
    "With `source`: stories that it told (default), told first, or only reprinted.",
    {"type": "string", "enum": ["", *ROLES]},
)
INSIGHTS = (
    STEP,
    replace(DAY, text="A day of the period, `2026-11-30`; today unless given."),
)
INSIGHT_STORIES = (*INSIGHTS, KIND, SOURCE, ROLE, LIMIT, CURSOR)
STORIES = (SOURCE, OWNER, UNREAD, LANG, COUNTRY, LIMIT, CURSOR)
# Those of /entries that the entries of a topic do not take.
NOT_OF_TOPICS = (TOPIC, TAG, STARRED, QUERY)
TOPIC_ENTRIES = tuple(each for each in ENTRIES if each not in NOT_OF_TOPICS)


@dataclass(frozen=True, slots=True)
class EntriesRequest:
    """The entries that a program asks for."""

    entry_filter: EntryFilter
    limit: int
    cursor: str | None
    tree: Tree | None  # the parsed query; None for a plain list
    values: Mapping[str, str]  # all parameters as they were given


def parse_entries(arguments: MultiDict[str, str]) -> EntriesRequest:
    """Read the parameters of `GET /entries`. Raises InvalidInput, naming the allowed values."""
    return _parse(require_known(arguments, ENTRIES))


def parse_search(arguments: MultiDict[str, str]) -> tuple[Tree, EntriesRequest]:
    """Parse the parameters of `GET /search`; the tree is that of `q`.

    Raises InvalidInput, also for a missing `q`, and QueryError.
    """
    listed = _parse(require_known(arguments, SEARCH))
    if listed.tree is None:
        raise params.invalid_param("q", "a query, in the language of docs/search.md")
    return listed.tree, listed


def reject_unknown_names(chosen: EntryFilter, found: SearchPage) -> None:
    """Raise InvalidInput if the parameter `source` or `owner` names an unknown one."""
    if chosen.source in found.unknown:
        raise params.invalid_param("source", f"there is no source {chosen.source}")
    if chosen.owner in found.unknown_owners:
        raise params.invalid_param("owner", f"there is no owner {chosen.owner}")


def _parse(values: Mapping[str, str]) -> EntriesRequest:
    tag = values.get("tag")
    query = values.get("q", "")
    if values.get("topic") and query.strip():
        raise params.invalid_param("topic", "cannot be combined with q")
    return EntriesRequest(
        EntryFilter(
            source=params.slug(values),
            owner=params.slug(values, "owner"),
            feed_id=params.integer(values, "feed", 1, MAX_ID),
            country=params.country(values),
            language=params.language(values),
            tag=clean_tag(tag) if tag is not None else None,
            topic=params.slug(values, "topic"),
            starred=_flag(values, "starred"),
            unread=_flag(values, "unread"),
            duplicates=not _flag(values, "collapse"),
        ),
        params.integer(values, "limit", 1, MAX_LIMIT) or DEFAULT_LIMIT,
        params.cursor(values),
        _query(query) if query.strip() else None,
        values,
    )


def _query(text: str) -> Tree:
    """Parse a query; one without words, which would be no restriction, finds nothing."""
    tree = parse(text)
    return Word(text) if tree == EVERYTHING else tree


def parse_stories(arguments: MultiDict[str, str]) -> EntriesRequest:
    """Read the parameters of `GET /stories`. Raises InvalidInput, naming the allowed values."""
    require_known(arguments, STORIES)
    return parse_entries(arguments)


def require_known(
    arguments: MultiDict[str, str], allowed: Sequence[Parameter] = ()
) -> Mapping[str, str]:
    """The arguments, each given once and each allowed. Raises InvalidInput."""
    names = [each.name for each in allowed]
    for name in arguments:
        if name not in names:
            known = ", ".join(names) or "none"
            raise params.invalid_param(name, f"no such parameter; the parameters are: {known}")
        if len(arguments.getlist(name)) > 1:
            raise params.invalid_param(name, "may be given only once")
    return arguments.to_dict()


def _flag(values: Mapping[str, str], name: str) -> bool:
    if values.get(name, "0") not in ("0", "1"):
        raise params.invalid_param(name, '"1" or "0"')
    return values.get(name) == "1"
