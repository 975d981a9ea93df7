"""GET /api/v1/dispatches/ID, /api/v1/agencies and /api/v1/agencies/SLUG."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aggregator.errors import NotFound
from aggregator.process.stories.agencies import agency_slug
from aggregator.process.stories.dispatches import AgencySums
from aggregator.services.reading import dispatches
from aggregator.services.reading.dispatches import ListedDispatch, PrintView
from aggregator.types.limits import is_slug
from web.api import params, presenters
from web.api.answers import conditional
from web.api.operations import operation
from web.api.presenters import JsonObject
from web.request.auth import now, require
from web.request.database import read_session
from web.request.dispatches import DEFAULT_PERIOD, DEFAULT_PERIOD_OF_ALL, parse_period

blueprint = Blueprint("dispatches", __name__)


@blueprint.get("/dispatches/<int:entry_id>")
@operation("Dispatch", statuses=(404,))
def show(entry_id: int) -> Response:
    """The dispatch that an entry is or prints, and who printed it, the earliest first."""
    require("entry.read")
    params.require_known(request.args)
    found = dispatches.get_dispatch(read_session(), entry_id)
    return conditional(
        jsonify(
            id=found.id,
            agency=agency_slug(found.agency),
            own=found.own,
            entry=presenters.entry_summary(found.entry),
            prints=[_print(each) for each in found.prints],
        )
    )


@blueprint.get("/agencies")
@operation("AgencyList", query=params.AGENCIES)
def index() -> Response:
    """The agencies whose dispatches were seen in the last days, the busiest first."""
    require("entry.read")
    days = parse_period(params.require_known(request.args, params.AGENCIES), DEFAULT_PERIOD_OF_ALL)
    found = dispatches.list_agencies(read_session(), now(), days)
    return conditional(
        jsonify(days=days, agencies=[_agency(name, sums) for name, sums in found], next_cursor=None)
    )


@blueprint.get("/agencies/<slug>")
@operation("Agency", query=params.AGENCIES, statuses=(404,))
def agency(slug: str) -> Response:
    """An agency over the last days: volume, uptake, delay, and who prints it."""
    require("entry.read")
    days = parse_period(params.require_known(request.args, params.AGENCIES), DEFAULT_PERIOD)
    if not is_slug(slug):
        raise NotFound("agency", slug)
    found = dispatches.get_agency(read_session(), slug, now(), days)
    sources = [
        {
            "source": presenters.source(source),
            "prints": sums.prints,
            "uncredited": sums.uncredited,
        }
        for source, sums in found.sources
    ]
    return conditional(
        jsonify(
            days=days,
            **_agency(found.agency, found.sums),
            sources=sources,
            latest=[_listed(each) for each in found.latest],
        )
    )


def _agency(name: str, sums: AgencySums) -> JsonObject:
    return {
        "slug": agency_slug(name),
        "name": name,
        "dispatches": sums.dispatches,
        "taken_up": sums.taken_up,
        "uptake": sums.uptake,
        "median_delay_minutes": sums.median_delay,
        "prints": sums.prints,
        "uncredited": sums.uncredited,
    }


def _print(found: PrintView) -> JsonObject:
    return {
        "entry": presenters.entry_summary(found.entry),
        "credited": found.credited,
        "delay_minutes": found.delay,
        "form": found.form,
        "share": found.share,
        "retitled": found.retitled,
    }


def _listed(found: ListedDispatch) -> JsonObject:
    return {
        "entry": presenters.entry_summary(found.entry),
        "prints": found.prints,
        "uncredited": found.uncredited,
    }
