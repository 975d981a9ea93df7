"""GET /api/v1/research and /api/v1/research/entries."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aggregator.errors import InvalidInput
from aggregator.services.research.entries import list_entries
from aggregator.services.research.series import find_series
from aggregator.types.research import Findings, GroupCount, Series, share
from web.api import params, presenters
from web.api.answers import conditional
from web.api.operations import operation
from web.api.presenters import JsonObject
from web.api.reprints import attach_reprints
from web.request import params as request_params
from web.request.auth import current_user, require
from web.request.database import read_session
from web.request.params import invalid_param
from web.request.research import moment_text, parse_research
from web.request.search_share import search_share

blueprint = Blueprint("research", __name__, url_prefix="/research")


@blueprint.get("")
@operation(
    "Research",
    "Copies count, too. With `asked_at` and `last_entry_id` of an answer as `asked` and `upto`, a "
    "later request gets the same answer: what arrived since does not count.",
    query=params.RESEARCH,
    statuses=(429,),
)
def index() -> Response:
    """Matches of up to four queries per hour, day or week, and what was published in all."""
    require("entry.read")
    asked = parse_research(params.require_known(request.args, params.RESEARCH))
    if not asked.questions:
        raise InvalidInput("error.search_empty", "a series needs a query", field="q")
    with search_share():
        found = find_series(read_session(), asked)
    _reject_unknown(found.unknown)
    return conditional(jsonify(_findings(found)))


@blueprint.get("/entries")
@operation("EntryPage", query=params.RESEARCH_ENTRIES, statuses=(429,))
def entries() -> Response:
    """The matches of one query, or all entries within the filters, newest first."""
    require("entry.read")
    values = params.require_known(request.args, params.RESEARCH_ENTRIES)
    asked = parse_research(values)
    limit = request_params.integer(values, "limit", 1, params.MAX_LIMIT) or params.DEFAULT_LIMIT
    question = next(iter(asked.questions), None)
    with search_share():
        page = list_entries(read_session(), asked, question, request_params.cursor(values), limit)
    shown = attach_reprints(page.entries)
    personal = current_user() is not None
    return conditional(
        jsonify(
            entries=[presenters.entry_summary(each, personal=personal) for each in shown],
            next_cursor=page.next_cursor,
        )
    )


def _reject_unknown(names: tuple[str, ...]) -> None:
    if names:
        raise invalid_param("source", f"there is no source {names[0]}")


def _findings(found: Findings) -> JsonObject:
    return {
        "asked_at": moment_text(found.asked.moment),
        "last_entry_id": found.asked.last_entry_id,
        "first_day": found.first_day.isoformat(),
        "last_day": found.last_day.isoformat(),
        "per": found.unit,
        "starts": [presenters.utc(each.start) for each in found.periods],
        "published": list(found.published),
        "series": [_series(each, found) for each in found.series],
        "by": found.grouping,
        "groups": [_group(each) for each in found.groups],
    }


def _series(series: Series, found: Findings) -> JsonObject:
    pairs = zip(series.counts, found.published, strict=True)
    return {
        "query": series.query,
        "total": series.total,
        "counts": list(series.counts),
        "shares": [share(count, published) for count, published in pairs],
        "unknown": list(series.unknown),
    }


def _group(group: GroupCount) -> JsonObject:
    return {
        "group": group.group,
        "published": group.published,
        "counts": list(group.counts),
        "shares": [share(count, group.published) for count in group.counts],
    }
